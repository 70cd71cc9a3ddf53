/// The text that explains a bundle to whoever finds it on a board.
public struct BundleReadme: Sendable {
  public var target: String
  public var core: String
  public var arenaBytes: Int
  public var isStatic: Bool
  public var hasData: Bool

  public init(target: String, core: String, arenaBytes: Int, isStatic: Bool, hasData: Bool) {
    self.target = target
    self.core = core
    self.arenaBytes = arenaBytes
    self.isStatic = isStatic
    self.hasData = hasData
  }

  public var text: String {
    let data = hasData ? RunnerBundle.Name.data : "DATA.pack"
    let image = RunnerBundle.Name.image
    return """
      # A training step for \(target)

      Copy this folder to the board and run there:

          ./runner selftest \(image)
          ./runner train \(image) --data \(data) --steps 100 --checkpoint model.ckpt
          ./runner eval \(image) --data \(data) --checkpoint model.ckpt

      The first checks that the board computes what the computer computed that made this bundle. The second trains and
      keeps what it learned in `model.ckpt`; run again with `--resume`, it goes on where it stopped, even after the
      power failed. The third counts how many samples are told right. Training takes \(arenaBytes) bytes for the plan and
      never more. \(hasData ? "" : "`\(data)` stands for your samples, as `espalier data pack` writes them. ")On the \
      computer, `espalier export \(image) --checkpoint model.ckpt` makes an ONNX file of the trained model.

      | file | is |
      |---|---|
      | `\(RunnerBundle.Name.runner)` | the program for \(core), \(libc) |
      | `\(image)` | the plan: weights, steps, where everything lies |
      \(hasData ? "| `\(data)` | samples |\n" : "")\
      | `\(RunnerBundle.Name.dispatch)` | the source that says which kernels are in the runner |
      | `\(RunnerBundle.Name.sums)` | checksums: `sha256sum -c \(RunnerBundle.Name.sums)` |

      """
  }

  private var libc: String { isStatic ? "which needs nothing else" : "which needs glibc 2.34 or later" }
}
