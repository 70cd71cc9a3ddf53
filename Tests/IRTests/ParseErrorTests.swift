import IR
import Operators
import Support
import Testing

private struct BadText: CustomTestStringConvertible {
  let text: String
  let line: Int
  let reason: String
  var testDescription: String { reason }

  init(_ text: String, _ line: Int, _ reason: String) { (self.text, self.line, self.reason) = (text, line, reason) }
}

private let start = "%0 = input \"x\" : f32[2]\n%1 = input \"y\" : f32[2]\n"

@Test(arguments: [
  BadText("%0 = input \"x\" : f32[2]\n\n%2 = relu(%0) : f32[2]", 3, "values must be numbered in order"),
  BadText(start + "%2 = nonsense(%0) : f32[2]", 3, "there is no operator 'nonsense'"),
  BadText(start + "%2 = add(%0, %2) : f32[2]", 3, "%2 is not defined yet"),
  BadText(start + "%2 = add(%0, %-1) : f32[2]", 3, "%-1 is not defined yet"),
  BadText(start + "%2 = add(%0) : f32[2]", 3, "add: takes 2 operands, has 1"),
  BadText(start + "%2 = add(%0, %1) : f32[3]", 3, "add: gives f32[2], not f32[3]"),
  BadText(start + "%2 = add(%0, %1) : f32[2", 3, "expected a word"),
  BadText(start + "%2 = leaky_relu(%0) {alpha=\"a\"} : f32[2]", 3, "leaky_relu: 'alpha' must be a number"),
  BadText(start + "%2 = leaky_relu(%0) {alpha=1.2.3} : f32[2]", 3, "'1.2.3' is no number"),
  BadText(start + "%2 = reshape(%0) {shape=[1,a]} : f32[1,2]", 3, "'a' is no integer"),
  BadText(
    start + "%2 = reshape(%0) {shape=[4294967296,4294967296]} : f32[1,2]", 3,
    "reshape: 'shape' must be the sizes of a tensor"),
  BadText(
    start + "%2 = page_in(%0) {offset=0, scale=0.5, shape=[2], type=\"i8\", zeroPoint=2147483648} : i8[2]", 3,
    "page_in: 'zeroPoint' must be an integer from -128 to 127"),
  BadText(start + "%2 = constant \"c\" : f32[1] = 000000", 3, "'c' needs 4 bytes in hexadecimal"),
  BadText(start + "%2 = constant \"c\" : f32[1] = 0000803g", 3, "'c' needs 4 bytes in hexadecimal"),
  BadText(start + "%2 = constant \"c\" : f32[1]", 3, "no data for 'c'"),
  BadText(start + "%2 = input \"z\" : f16[1]", 3, "there is no element type 'f16'"),
  BadText(start + "%2 = input \"z\" : f32[-1]", 3, "f32[-1] is no size"),
  BadText(start + "%2 = input \"z\" : f32[4294967296,4294967296]", 3, "f32[4294967296,4294967296] is no size"),
  BadText(start + "%2 = input \"z\" : i8[4294967296,4294967296,0]", 3, "i8[4294967296,4294967296,0] is no size"),
  BadText(start + "%2 = input \"z\" : f32[9223372036854775808]", 3, "'9223372036854775808' is no integer"),
  BadText(start + "%2 = input \"z\" : i8[1]q(0.1;300000000000)", 3, "300000000000 is no zero point"),
  BadText(start + "%2 = input \"z\" : i8[1]q(abc;0)", 3, "'abc' is no scale"),
  BadText(start + "%2 = input \"z", 3, "string without an end"),
  BadText(start + "%2 = input \"z\\", 3, "string without an end"),
  BadText(start + "output \"y\" = %7", 3, "%7 is not defined yet"),
  BadText(start + "\n\ninput", 5, "expected '%'"),
])
private func errorsNameTheLineAndTheReason(bad: BadText) {
  let error = #expect(throws: TextError.self) { try Graph(text: bad.text, operators: registry) }
  #expect(error?.line == bad.line && error?.reason == bad.reason)
}

/// Tokens of good texts changed at random, texts cut short: whatever is read is a graph that prints.
@Test(arguments: UInt64(0)..<20)
func hostileTextNeverCrashes(seed: UInt64) throws {
  var generator = SeededGenerator(seed: seed)
  var accepted = 0
  for round in 0..<20 {
    let (tokens, gaps) = tokens(try randomGraph(nodes: 4, seed: seed * 1_000 + UInt64(round)).text(withData: true))
    for cut in 0..<20 {
      var changed = tokens
      for _ in 0...Int.random(in: 0..<3, using: &generator) {
        let index = tokens.indices.randomElement(using: &generator)!
        let choices = Int(tokens[index]) != nil && cut % 4 != 0 ? numbers : numbers + junk
        changed[index] = choices.randomElement(using: &generator)!
      }
      var text = zip(changed, gaps).map { $0 + $1 }.joined()
      if cut == 0 { text = String(text.prefix(Int.random(in: 0...text.count, using: &generator))) }
      guard let read = try? Graph(text: text, operators: registry) else { continue }
      accepted += 1
      let printed = read.text(withData: true)
      #expect(throws: Never.self) { try Graph(text: printed, operators: registry) }
    }
  }
  #expect(accepted > 5)
}

private let numbers = [
  "-1", "0", "1", "2", "7", "65536", "2147483647", "2147483648", "9223372036854775807", "-9223372036854775808", "1e300",
]
private let junk = ["", "[", "]", "(", ")", "{", "}", "\"", "%", ",", ";", "=", "\\", "inf", "nan", "q(", "\u{0}", "日"]

/// Words and numbers, and what stands between them: before the first comes an empty token.
private func tokens(_ text: String) -> (tokens: [String], gaps: [String]) {
  var tokens = [""]
  var gaps = [""]
  for character in text {
    if character.isLetter || character.isNumber || "-.".contains(character) {
      if gaps[gaps.count - 1].isEmpty {
        tokens[tokens.count - 1].append(character)
      } else {
        tokens.append(String(character))
        gaps.append("")
      }
    } else {
      gaps[gaps.count - 1].append(character)
    }
  }
  return (tokens, gaps)
}
