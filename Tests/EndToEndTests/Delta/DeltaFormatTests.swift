import Runtime
import Support
import Testing

@testable import Espalier

struct DeltaFormatTests {
  @Test func theTableIsTheStruct() throws {
    let table = try formatTables()["ESPDELT"]
    #expect(
      table == [
        .magic, FormatField(\DeltaHeader.version), FormatField(\DeltaHeader.headerBytes),
        FormatField(\DeltaHeader.length), FormatField(\DeltaHeader.base), FormatField(\DeltaHeader.codec),
        FormatField(\DeltaHeader.steps), FormatField(\DeltaHeader.regions), FormatField(\DeltaHeader.names),
        FormatField(\DeltaHeader.payload),
      ])
    #expect(table?.last.map { $0.byte + $0.size } == DeltaHeader.size && DeltaRow.size == 16)
  }

  private func delta(_ codec: Delta.Codec, _ type: Delta.ValueType, _ differences: [Double]) -> Delta {
    Delta(
      base: Digest(), steps: 1, codec: codec, regions: [.init(name: "w", type: type, differences: differences)])
  }

  /// Scales of a file may be any float; what is read can be written by every codec.
  @Test(arguments: [Delta.Codec.int8, .ternary, .sign])
  func scalesThatNoDifferencesHaveAreRefused(codec: Delta.Codec) throws {
    for (type, large) in [(Delta.ValueType.i8, 3e9), (.i32, 1e30)] {
      #expect(throws: DeltaError.contents) { try Delta(bytes: delta(codec, type, [large, -large]).bytes()) }
    }
    for (type, large) in [(Delta.ValueType.i8, 0x1p14), (.i32, 0x1p32 - 1), (.f32, 0x1p135), (.f32, 1e38)] {
      let read = try Delta(bytes: delta(codec, type, [large, -large, large / 3]).bytes())
      for other in Delta.Codec.allCases {
        let (again, loss) = read.encoded(other)
        #expect(try Delta(bytes: again.bytes()).regions[0].differences.count == 3 && loss.isFinite)
      }
    }
  }

  @Test func rawDifferencesAreNoLargerThanValuesDifferBy() throws {
    var bytes = delta(.raw, .f32, [1]).bytes()
    for value in [1e300, -.infinity, .nan] {
      let end = bytes.count - Digest.size
      withUnsafeBytes(of: value) { bytes.replaceSubrange((end - 8)..<end, with: $0) }
      let digest = bytes.withUnsafeBytes { Digest(of: Bytes(base: $0.baseAddress!, count: end)) }
      withUnsafeBytes(of: digest) { bytes.replaceSubrange(end..<bytes.count, with: $0) }
      #expect(throws: DeltaError.contents) { try Delta(bytes: bytes) }
    }
    #expect(try Delta(bytes: delta(.raw, .i8, [1e9, -1e9]).bytes()).regions[0].differences == [0x1p14, -0x1p14])
  }

  @Test func sumsThatLeaveEveryRangeAreRefused() throws {
    let one = delta(.raw, .i8, [100, -3])
    #expect(throws: DeltaError.tooLarge(name: "w")) { try Delta.merged([(one, 1e300), (one, 1)]) }
    #expect(throws: DeltaError.tooLarge(name: "w")) { try Delta.merged([(one, .infinity), (one, -.infinity)]) }
    #expect(try Delta.merged([(one, 2.5), (one, 1)]).regions[0].differences == [350, -11])
  }
}
