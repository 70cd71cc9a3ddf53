import Espalier
import Foundation
import Samples
import Support
import Testing

/// Runners on every board come to the bytes of this computer.
struct SameBytesTests {
  private let plans: BoardPlans
  private let scratch: ScratchFolder
  init() throws {
    plans = try BoardPlans.shared.get()
    scratch = try ScratchFolder()
  }

  @Test(arguments: Boards.names)
  func everyModeEndsWithTheBytesOfTheHost(board: String) throws {
    let place = try Boards.place(board)
    let runner = try place.runner(for: plans.cases.map { try Plan(path: plans.folder + "/" + $0.plan) })
    try scratch.write("runner", runner.bytes)
    #expect(chmod(scratch.file("runner"), 0o755) == 0)
    let program = BoardRunner(scratch.file("runner"), of: place.target)
    for step in plans.cases {
      let result = try program.run(
        [
          "train", "\(plans.folder)/\(step.plan)", "--data", "\(plans.folder)/\(step.data)", "--steps", "\(step.steps)",
          "--seed", "4", "--checkpoint", step.checkpoint, "-q",
        ], in: scratch.path)
      #expect(result.status == 0, "\(board), \(step): \(result.errors)")
      #expect(
        try scratch.read(step.checkpoint) == readFile("\(plans.folder)/\(step.checkpoint)"),
        "\(board), \(step): other bytes than the host's")
    }
  }
}

func readFile(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
