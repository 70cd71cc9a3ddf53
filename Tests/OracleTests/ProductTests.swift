import Support
import Testing

/// OpenBLAS in the place of our own matrix product gives the same gradients but for rounding.
@Suite(.enabled(if: Oracle.isPrepared))
struct ProductTests {
  @Test func librariesAgree() throws {
    let oracle = try #require(Oracle.prepared)
    let folder = try ScratchFolder()
    let (plan, data) = (folder.file("p.plan"), folder.file("x.npz"))
    try oracle.expect("make_batch.py", ["--count", "1", "--seed", "1", "-o", data], "make_batch")
    try espalier(
      "compile", "--mode", "f32", oracle.model("mobilenetv2"), "-o", plan, "--classes", "10", "--cap", "none", "-q")
    for library in ["own", "openblas"] {
      let result = try Command.espalier.run(
        ["gradients", plan, "--data", data, "-o", folder.file(library + ".npz"), "-q"],
        environment: ["ESPALIER_GEMM": library])
      try #require(result.status == 0, "\(result.errors)")
    }
    try oracle.expect(
      "compare_gradients.py", [folder.file("own.npz"), folder.file("openblas.npz"), "--quiet"], "compare")
  }
}
