import Espalier
import Foundation
import Support
import Testing

/// Results that are no numbers are said, whoever asks for them: no class and no error can be told from them.
struct ResultTests {
  private let scratch: ScratchFolder

  /// `h.plan` has weights whose products are no floats any more, `big.delta` leads to them.
  init() throws {
    scratch = try ScratchFolder()
    try scratch.writePlan()
    for words in [
      ["train", "p.plan", "--data", "d.npz", "--steps", "20", "--checkpoint", "c.ckpt"],
      ["delta", "make", "p.plan", "c.ckpt", "-o", "c.delta"],
      ["delta", "merge", "c.delta", "c.delta", "--weights", "1e18,1e18", "-o", "big.delta"],
      ["delta", "apply", "p.plan", "big.delta", "-o", "h.plan"],
    ] {
      let result = try Command.espalier.run(words, in: scratch.path)
      try #require(result.status == 0, "\(words): \(result.errors)")
    }
  }

  @Test func theCommandRefusesThem() throws {
    let fact = "d.npz: what the network gives for"
    expectRefusal(try scratch.espalier("eval", "h.plan", "--data", "d.npz"), 1, fact, "is infinite or no number")
    expectRefusal(try scratch.espalier("predict", "h.plan", "--data", "d.npz", "-o", "p.npz"), 1, fact)
    expectRefusal(try scratch.espalier("gradients", "h.plan", "--data", "d.npz", "-o", "g.npz"), 1, "d.npz: ")
    #expect(try scratch.names.allSatisfy { $0 != "p.npz" && $0 != "g.npz" })
    // The same samples and the plan that it came of.
    #expect(try scratch.espalier("eval", "p.plan", "--data", "d.npz").status == 0)
    #expect(try scratch.espalier("gradients", "p.plan", "--data", "d.npz", "-o", "g.npz").status == 0)
  }

  @Test func theLibraryRefusesThem() throws {
    let trainer = try Trainer(Plan(path: scratch.file("h.plan")))
    let samples = try Samples(path: scratch.file("d.npz"))
    func refuses(_ body: () throws -> Void) -> Bool {
      do { try body() } catch EspalierError.data(_, .results) { return true } catch EspalierError.results {
        return true
      } catch {}
      return false
    }
    #expect(refuses { _ = try trainer.predict(samples) })
    #expect(refuses { _ = try trainer.evaluate(samples) })
    #expect(refuses { _ = try trainer.gradients(samples) })
  }

  @Test func aRunnerRefusesThem() throws {
    try #require(scratch.espalier("data", "pack", "d.npz", "-o", "d.pack").status == 0)
    try #require(scratch.espalier("build", "h.plan", "--target", "host", "-o", "b").status == 0)
    for verb in ["eval", "predict"] {
      let result = try BoardRunner("b/runner", of: .host).run([verb, "h.plan", "--data", "d.pack"], in: scratch.path)
      expectRefusal(result, 1, "d.pack: what the network gives for sample", "is infinite or no number")
    }
  }

  /// Factors that no training has leave no weights to compute with.
  @Test func deltasThatLeadToThemAreRefused() throws {
    for weights in ["1e38,1e38", "1e30,0", "-1e25,1e3"] {
      let merged = try scratch.espalier("delta", "merge", "c.delta", "c.delta", "--weights=" + weights, "-o", "x.delta")
      expectRefusal(merged, 1, "are so large that its values could not be computed with")
    }
    #expect(!scratch.exists("x.delta"))
    #expect(try scratch.espalier("delta", "revert", "h.plan", "c.delta", "-o", "x.plan").status == 1)
  }
}
