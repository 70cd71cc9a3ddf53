import Driver
import Report
import Runtime
import Select
import Testing

struct CapTests {
  private func options(cap: Int) -> CompileOptions {
    var options = CompileOptions()
    options.optimizer = .momentum
    options.cap = .bytes(cap)
    return options
  }

  @Test func planFitsExactlyAndNotAByteLess() throws {
    let needed = try #require(throws: OverCap.self) { _ = try compiled(options(cap: 1000)) }.needed
    #expect(try compiled(options(cap: needed)).report.arenaBytes == needed)
    let error = #expect(throws: OverCap.self) { _ = try compiled(options(cap: needed - 1)) }
    #expect(error?.needed == needed && error?.cap == needed - 1)
  }

  @Test func everySuggestionFits() throws {
    let needed = try compiled(options(cap: 1 << 20)).report.arenaBytes
    let cap = needed * 9 / 10
    let error = try #require(throws: OverCap.self) { _ = try compiled(options(cap: cap)) }
    #expect(!error.suggestions.isEmpty)
    for suggestion in error.suggestions {
      var changed = options(cap: cap)
      let words = suggestion.option.split(separator: " ").map(String.init)
      switch words[0] {
      case "--policy": changed.policy = .preset(words[1])
      case "--optimizer": changed.optimizer = try #require(OptimizerKind(rawValue: words[1]))
      default: Issue.record("no option \(suggestion.option) for a traced network")
      }
      #expect(try compiled(changed).report.arenaBytes == suggestion.neededBytes)
    }
  }

  /// Where the knee of a curve lies beyond the cap of the target, too.
  @Test func kneesBeyondTheTargetsCapAreSuggestedFor() throws {
    var knee = options(cap: 0)
    knee.cap = .auto
    knee.targetCap = try compiled(options(cap: 1 << 20)).report.arenaBytes / 2
    let error = try #require(throws: OverCap.self) { _ = try compiled(knee) }
    #expect(!error.suggestions.isEmpty && error.suggestions.allSatisfy { $0.neededBytes <= error.cap })
  }

  @Test func largestTensorsAreNamed() throws {
    let error = try #require(throws: OverCap.self) { _ = try compiled(options(cap: 1000)) }
    let sizes = error.largest.map(\.bytes)
    #expect(sizes == sizes.sorted(by: >) && !sizes.isEmpty)
    #expect(error.text().contains("needs") && error.liveBytes <= error.needed)
  }
}
