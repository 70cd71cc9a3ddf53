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
}
