import Foundation
import Testing

@testable import Measure

/// Kernels by a clock that goes on by 300 microseconds at each look, and by nothing else.
struct KernelBenchTests {
  private static let look: UInt64 = 300_000

  private func bench(_ wanted: String...) -> KernelBench {
    KernelBench(MadeUpClock().stopwatch(seconds: 0, look: Self.look)) { wanted.contains($0) }
  }

  @Test func everyKindOfVectorsIsMeasured() throws {
    var bench = bench("quantized_conv")
    try BuiltInKernels.measure(&bench) { _, _ in true }
    let sets = InstructionSet.ofThisProcessor
    #expect(sets.first == .plain && bench.kernels.count == 8 * sets.count)
    #expect(bench.kernels.map(\.isa) == (0..<8).flatMap { _ in sets })
    #expect(Set(bench.kernels.map(\.shape)).count == 8)
    let second = bench.kernels[sets.count]
    #expect(second.shape == "1x48x48x16 to 48x48x96 1x1" && second.macs == 48 * 48 * 16 * 96)
    for kernel in bench.kernels {
      #expect(kernel.family == .dense && kernel.opcode == "quantized_conv" && kernel.cpuUs == 300)
      #expect(kernel.gops == 2 * Double(kernel.macs) / 300_000)
      let peak = try #require(bench.peaks.first { $0.isa == kernel.isa })
      #expect(kernel.shareOfPeak == kernel.gops / peak.gops)
    }
    // Rounds of twelve sums of as many pairs, or fours, as a vector has; those of plain kernels have 128 bits.
    #expect(bench.peaks.count == sets.count)
    for peak in bench.peaks {
      let ofVector: [InstructionSet: Int] = [.avx2: 16, .avxVNNI: 32, .avx512VNNI: 64]
      #expect((peak.mix == .int8) == (peak.isa == .avxVNNI || peak.isa == .avx512VNNI))
      let macs = 20_000 * 12 * (ofVector[peak.isa] ?? 8)
      #expect(peak.gops == 2 * Double(macs) / 300_000)
    }
  }

  @Test func kernelsWithoutProductsCountElements() throws {
    var bench = bench("quantized_mask")
    try BuiltInKernels.measure(&bench) { _, _ in true }
    #expect(Set(bench.kernels.map(\.shape)) == ["221184", "8640"] && bench.peaks.isEmpty)
    for kernel in bench.kernels {
      #expect(kernel.family == .elements && kernel.macs == 0 && kernel.shareOfPeak == nil)
      #expect(try kernel.gops == Double(#require(Int(kernel.shape))) / 300_000)
    }
  }

  /// Every shape of the list is one that its kernel takes, and the kernels are those of all families with vectors.
  @Test func theListIsSound() throws {
    final class Names: @unchecked Sendable { var all: Set<String> = [] }
    let names = Names()
    var bench = KernelBench(MadeUpClock().stopwatch(seconds: 0, look: Self.look)) {
      names.all.insert($0)
      return false
    }
    var asked: [Int] = []
    try BuiltInKernels.measure(&bench) { done, total in
      asked.append(done)
      return done < total
    }
    #expect(asked == Array(asked.indices) && asked.count == 82 && bench.kernels.isEmpty)
    let families = names.all.compactMap(OperationFamily.init(rawValue:))
    #expect(
      Set(families) == [
        .dense, .denseDx, .denseDw, .depthwise, .depthwiseDx, .depthwiseDw, .update, .elements,
      ])
  }

  @Test func whoeverSaysNoEndsIt() throws {
    var bench = bench("dense")
    try BuiltInKernels.measure(&bench) { done, _ in done < 4 }
    #expect(Set(bench.kernels.map(\.shape)).count == 2)
  }

  @Test func floatsAreSetBesideFloats() throws {
    var bench = bench("depthwise_conv", "conv")
    try BuiltInKernels.measure(&bench) { _, _ in true }
    #expect(Set(bench.peaks.map(\.mix)) == [.float32] && bench.kernels.allSatisfy { $0.shareOfPeak != nil })
  }

  @Test func keysAreThoseOfScripts() throws {
    var bench = bench("gradient_range")
    try BuiltInKernels.measure(&bench) { _, _ in true }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let bytes = try encoder.encode(BenchReport(bench, seconds: 1, step: nil))
    let object = try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    #expect(Set(object.keys) == ["schema", "seconds", "peaks", "kernels", "step"] && object["step"] is NSNull)
    let kernels = try #require(object["kernels"] as? [[String: Any]])
    for kernel in kernels {
      #expect(
        Set(kernel.keys) == ["family", "opcode", "shape", "isa", "macs", "cpu_us", "gops", "share_of_peak"])
    }
  }
}
