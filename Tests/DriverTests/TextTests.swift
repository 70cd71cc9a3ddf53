import Report
import Testing

@Test func oneThingIsNotSeveral() {
  #expect([0, 1, 2, 1234].map { counted($0, "node") } == ["0 nodes", "1 node", "2 nodes", "1,234 nodes"])
  #expect(counted(1, "class", plural: "classes") == "1 class" && counted(3, "class", plural: "classes") == "3 classes")
}

@Test func tablesFitATerminal() {
  let name = "features.0." + String(repeating: "block.", count: 20) + "weight"
  let rows = [["step", "operator", "output", "bytes"], ["1", "conv", name, "1,234"], ["12", "relu", "short", "9"]]
  let table = columns(rows, rightAligned: [0, 3], flexible: 2)
  let lines = table.split(separator: "\n")
  #expect(lines.count == 3 && lines.allSatisfy { $0.count <= 80 } && lines[1].count == 80)
  #expect(lines[1].contains("conv      features.0.") && lines[1].contains("…") && lines[1].hasSuffix("weight  1,234"))
  // Whoever wants all of it gets all of it.
  #expect(columns(rows, rightAligned: [0, 3], flexible: 2, width: .max).contains(name))
  #expect(columns([["a", "b"], ["c", "d"]], rightAligned: [], flexible: 0) == "a  b\nc  d\n")
}
