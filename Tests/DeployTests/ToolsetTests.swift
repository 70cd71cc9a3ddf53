import Foundation
import Support
import Testing

@testable import Deploy

struct ToolsetTests {
  private let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  @Test func flagsOfAllToolsAreRead() throws {
    let text = """
      {"schemaVersion": "1.0", "swiftCompiler": {"extraCLIOptions": ["-a"]},
       "cCompiler": {"extraCLIOptions": ["-b", "c"]}, "linker": {}}
      """
    try scratch.write("toolset.json", Array(text.utf8))
    let toolset = try Toolset(path: scratch.file("toolset.json"))
    #expect(toolset.swift == ["-a"] && toolset.c == ["-b", "c"] && toolset.linker.isEmpty)
  }

  @Test func whatIsNoToolsetIsRefused() throws {
    #expect(throws: DeployError.noToolset(path: scratch.file("none"))) { try Toolset(path: scratch.file("none")) }
    for text in [
      "{", #"{"schemaVersion": "2.0"}"#, #"{"schemaVersion": "1.0", "schemaVersion": "1.0"}"#,
      #"{"schemaVersion": "1.0", "linker": {"extraCLIOptions": 1}}"#,
    ] {
      try scratch.write("toolset.json", Array(text.utf8))
      let error = #expect(throws: DeployError.self) { try Toolset(path: scratch.file("toolset.json")) }
      guard case .toolset = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }
}
