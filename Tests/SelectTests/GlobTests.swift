import IR
import Testing

@testable import Select

@Test(arguments: [
  ("*", "", true), ("*", "a.b", true), ("a*", "abc", true), ("a*", "bac", false), ("*c", "abc", true),
  ("a*c*e", "abcde", true), ("a*c*e", "abcd", false), ("a**b", "ab", true), ("?", "a", true), ("?", "", false),
  ("??", "a", false), ("features.1[0-9].*", "features.17.weight", true),
  ("features.1[0-9].*", "features.1.weight", false),
  ("[abc]", "b", true), ("[abc]", "d", false), ("[a-]", "-", true), ("[-a]", "-", true), ("[z-a]", "b", false),
  ("[", "[", false), ("[]", "]", false), ("\\*", "*", true), ("\\*", "a", false), ("\\", "\\", true), ("a", "a", true),
  ("", "", true), ("", "a", false), ("日?", "日本", true), ("a.b", "axb", false),
])
func globs(glob: String, text: String, matches: Bool) { #expect(globMatches(glob, text) == matches) }

@Test(arguments: [
  ("blocks[0].w", "blocks\\[0].w"), ("blocks[0].*", "blocks\\[0].*"), ("b[a-l]ocks*", "b[a-l]ocks*"),
  ("stem[01]", "stem[01]"), ("nothing[0]", "nothing[0]"), ("a*b", "a\\*b"), ("blocks\\[0].*", "blocks\\[0].*"),
])
func bracketsOfNamesAreRead(glob: String, meant: String) {
  let names = ["blocks[0].w", "blocks[0].v", "blocks[1].w", "stem0", "stem1", "a*b", "aab"]
  #expect(readingBrackets(glob, in: names) == meant)
}

/// The glob, its text and the answer by trying every way to split.
@Test func globsAgreeWithTheirDefinition() {
  func matches(_ glob: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
    guard let first = glob.first else { return text.isEmpty }
    if first == "*" { return (text.startIndex...text.endIndex).contains { matches(glob.dropFirst(), text[$0...]) } }
    return !text.isEmpty && (first == "?" || first == text.first) && matches(glob.dropFirst(), text.dropFirst())
  }
  var generator = SeededGenerator(seed: 1)
  for _ in 0..<5_000 {
    let glob = (0..<Int.random(in: 0...6, using: &generator)).map { _ in "ab*?".randomElement(using: &generator)! }
    let text = (0..<Int.random(in: 0...6, using: &generator)).map { _ in "ab".randomElement(using: &generator)! }
    #expect(globMatches(String(glob), String(text)) == matches(glob[...], text[...]), "\(glob) \(text)")
  }
}

@Test(arguments: ["a", "a*b?[c]\\d", "*", "]", "\\", "日本"]) func anEscapedNameMatchesItselfOnly(name: String) {
  #expect(globMatches(escapeGlob(name), name))
  #expect(!globMatches(escapeGlob(name), name + "x"))
  #expect(!globMatches(escapeGlob(name), String(name.dropLast())))
}

/// A text that no star matches is refused before the next holiday.
@Test func manyStarsStayCheap() {
  #expect(!globMatches(String(repeating: "a*", count: 30) + "b", String(repeating: "a", count: 200)))
}

@Test func nearestNamesAreNearest() {
  let names = ["conv1.weight", "conv2.weight", "head.weight", "stem"]
  #expect(nearestNames("conv1.wieght", in: names) == ["conv1.weight", "conv2.weight", "head.weight"])
  #expect(nearestNames("", in: ["bb", "a", "cc", "d"]) == ["a", "d", "bb"])
  #expect(nearestNames("x", in: []).isEmpty)
}
