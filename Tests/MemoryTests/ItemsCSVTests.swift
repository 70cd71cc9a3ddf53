import Testing

@testable import Memory

@Test func tablesAreReadAndWritten() throws {
  let table = try ItemsCSV("size, id,lower,upper,offset\r\n10,a,0,2,7\r\n 4,b b,1,3,\r\n\r\n")
  #expect(table.names == ["a", "b b"])
  #expect(table.items == [Item(bytes: 10, first: 0, last: 1), Item(bytes: 4, first: 1, last: 2)])
  let text = table.text(place(table.items))
  #expect(text == "id,lower,upper,size,offset\na,0,2,10,0\nb b,1,3,4,10\n")
  #expect(try ItemsCSV(text) == table)
  #expect(try ItemsCSV("id,lower,upper,size\n").items.isEmpty)
}

@Test func alignmentsAreHonoured() throws {
  let table = try ItemsCSV("id,lower,upper,size,alignment\na,0,2,10,\nb,0,2,4,64\nc,0,2,3,1\n")
  #expect(table.items.map(\.alignment) == [1, 64, 1])
  let placement = placeExactly(table.items, goal: nil).placement
  #expect(placement.offsets[1] % 64 == 0 && placement.bytes == 17)
  let text = table.text(placement)
  #expect(text.hasPrefix("id,lower,upper,size,alignment,offset\na,0,2,10,1,"))
  #expect(try ItemsCSV(text) == table)
}

@Test(arguments: [
  ("", ItemsCSVError.header(missing: "id")),
  ("id,lower,size\n", .header(missing: "upper")),
  ("id,lower,upper,size,gaps\na,0,9,1,2-3", .unknownColumn("gaps")),
  ("id,lower,upper,size,\na,0,9,1,", .unknownColumn("")),
  ("id,lower,size,upper,size\n", .repeatedColumn("size")),
  ("id,lower,upper,size,alignment\na,0,1,1,48", .alignment(line: 2, text: "48", limit: 1 << 20)),
  ("id,lower,upper,size,alignment\na,0,1,1,0", .alignment(line: 2, text: "0", limit: 1 << 20)),
  ("id,lower,upper,size\na,0,1", .fields(line: 2, found: 3, expected: 4)),
  ("id,lower,upper,size\na,0,2,27,648", .fields(line: 2, found: 5, expected: 4)),
  ("id,lower,upper,size,alignment\na,0,1,1", .fields(line: 2, found: 4, expected: 5)),
  ("id,lower,upper,size\na,0,1,\n", .missing(line: 2, column: "size")),
  ("id,lower,upper,size\na,0,1,1\n\nb,0,1,1", .fields(line: 3, found: 1, expected: 4)),
  ("id,lower,upper,size\na,0,1,1.5", .number(line: 2, column: "size", text: "1.5", limit: 1 << 40)),
  ("id,lower,upper,size\na,-1,1,1", .number(line: 2, column: "lower", text: "-1", limit: 1 << 40)),
  (
    "id,lower,upper,size\na,0,1,99999999999999999999",
    .number(line: 2, column: "size", text: "99999999999999999999", limit: 1 << 40)
  ),
  ("id,lower,upper,size\na,3,3,1", .lifetime(line: 2, lower: 3, upper: 3)),
  ("id,lower,upper,size\na,0,1,1\na,2,3,1", .repeated(line: 3, name: "a")),
]) func tablesThatAreWrongAreRefused(text: String, error: ItemsCSVError) {
  #expect(throws: error) { try ItemsCSV(text) }
}
