import Runtime

/// The text that explains a bundle to whoever finds it on a board.
public struct BundleReadme: Sendable {
  public var target: String
  /// Its core, and the instruction sets that it has.
  public var processor: String
  public var libc: String
  public var arenaBytes: Int
  public var isStatic: Bool
  public var hasData: Bool
  public var parts: RunnerParts

  public init(
    target: String, processor: String, libc: String, arenaBytes: Int, isStatic: Bool, hasData: Bool,
    parts: RunnerParts
  ) {
    self.target = target
    self.processor = processor
    self.libc = libc
    self.arenaBytes = arenaBytes
    self.isStatic = isStatic
    self.hasData = hasData
    self.parts = parts
  }

  public var text: String {
    return """
      # A training step for \(target)

      Copy this folder to the board and run there:

      \(commands.map { "    \($0.line)\n" }.joined())
      \(commands.map { "* \($0.meaning)\n" }.joined())
      Training takes \(arenaBytes) bytes for the plan and never more. \
      \(hasData ? "" : "`\(data)` stands for your samples, as `espalier data` writes them. ")\
      \(parts.image == nil ? "" : "This runner takes no other plan. ")On the computer,
      `espalier export \(image) --checkpoint model.ckpt --model MODEL.onnx -o trained.onnx` makes an ONNX file of the
      trained model; MODEL.onnx is the file that the plan was compiled from.

      | file | is |
      |---|---|
      | `\(RunnerBundle.Name.runner)` | the program for \(processor), \(needs) |
      | `\(image)` | the plan: weights, steps, where everything lies |
      \(hasData ? "| `\(data)` | samples |\n" : "")\
      | `\(RunnerBundle.Name.dispatch)` | the source that says which kernels are in the runner |
      | `\(RunnerBundle.Name.sums)` | checksums: `sha256sum -c \(RunnerBundle.Name.sums)` |

      """
  }

  private var image: String { RunnerBundle.Name.image }

  private var data: String {
    parts.contains(.packed) ? hasData ? RunnerBundle.Name.data : "DATA.pack" : parts.contains(.ring) ? "ring:FILE" : "-"
  }

  /// What to type, and what it does.
  private var commands: [(line: String, meaning: String)] {
    let all: [(RunnerPart, String, String)] = [
      (
        .selftest, "selftest \(image)",
        "`selftest` checks that the board computes what the computer computed that made this bundle."
      ),
      (
        .train, "train \(image) --data \(data) --steps 100 --checkpoint model.ckpt",
        """
        `train` keeps what it learned in `model.ckpt`; run again with `--resume`, it goes on where it stopped, even
          after the power failed.
        """
      ),
      (
        .eval, "eval \(image) --data \(hasData ? RunnerBundle.Name.data : "DATA.pack") --checkpoint model.ckpt",
        "`eval` counts how many samples are told right."
      ),
      (
        .profile, "profile \(image)",
        "`profile` measures each row; `espalier profile \(image) --measured FILE` on the computer makes a table of that."
      ),
    ]
    return all.filter { parts.contains($0.0) }.map { ("./runner \($0.1)", $0.2) }
  }

  private var needs: String {
    if isStatic { return "which needs nothing else" }
    return "which needs \(libc == "glibc" ? "glibc 2.34 or later" : libc)"
  }
}
