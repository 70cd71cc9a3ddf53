import Foundation
import Memory
import Support
import Testing

/// `espalier place`: a table in, a table with offsets out.
struct PlaceCommandTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try scratch.write("in.csv", Array("id,lower,upper,size\na,0,4,6\nb,2,6,3\nc,4,8,6\nd,6,9,4\n".utf8))
  }

  private func place(_ words: String...) throws -> CommandResult {
    try Command.espalier.run(["place"] + words, in: scratch.path)
  }

  @Test func itemsArePlacedUnderACapacity() throws {
    let result = try place("in.csv", "--capacity", "16", "-o", "out.csv", "--json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.json["schema"] as? Int == 1 && result.json["items"] as? Int == 4)
    let bytes = try #require(result.json["arena_bytes"] as? Int)
    #expect(result.json["lower_bound"] as? Int == 10 && result.json["optimal"] as? Bool == (bytes == 10))
    let rows = String(decoding: try scratch.read("out.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
    let numbers = rows.map { $0.split(separator: ",").dropFirst().compactMap { Int($0) } }
    let items = numbers.map { Item(bytes: $0[2], first: $0[0], last: $0[1] - 1) }
    try PlacementChecker.check(items, Placement(offsets: numbers.map { $0[3] }, bytes: bytes), cap: 16)
    // What was written is read again, and standard output takes the table as well.
    #expect(try place("out.csv", "-o", "-").output == String(decoding: scratch.read("out.csv"), as: UTF8.self))
  }

  @Test func tooLittleIsRefusedWithWhatIsEnough() throws {
    let result = try place("in.csv", "--capacity", "9", "-o", "out.csv")
    expectRefusal(result, 2, "no placement fits into 9 bytes: it takes at least 10", "--capacity 10")
    #expect(!scratch.exists("out.csv"))
  }

  @Test func badTablesAreRefused() throws {
    try scratch.write("bad.csv", Array("id,lower,upper,size\na,0,4,6\nb,2,six,3\n".utf8))
    expectRefusal(try place("bad.csv"), 65, "bad.csv, line 3: upper is six", "a whole number")
    try scratch.write("bytes.csv", [0xff, 0xfe, 0])
    expectRefusal(try place("bytes.csv"), 65, "bytes.csv is no text")
    expectRefusal(try place("none.csv"), 66, "none.csv")
    try scratch.write("empty.csv", [])
    expectRefusal(try place("empty.csv"), 65, "empty.csv: is empty")
    // Sizes as this program prints them itself.
    try scratch.write("commas.csv", Array("id,lower,upper,size\na,0,2,27,648\nb,1,3,18,432\n".utf8))
    expectRefusal(try place("commas.csv", "-o", "x.csv"), 65, "line 2: it has 5 fields, the header has 4")
    #expect(!scratch.exists("x.csv"))
    expectRefusal(try place("in.csv", "-o", "no/such/out.csv"), 73, "no/such/out.csv")
    #expect(try place("in.csv", "--capacity", "much").status == 64)
  }
}
