import Emit
import IR
import Support
import Testing

@testable import Runtime

/// Images that hold several plans.
struct PlanTableTests {
  /// The tiny plan, and another that leaves the variable alone.
  private func contents(rotation: [Int] = []) -> ImageContents {
    var image = TinyPlan.contents(window: 1)
    image.name = "all"
    var other = image.train
    other.words = image.predict.words
    other.rows = 1
    image.others = [("none", other)]
    image.rotation = rotation
    return image
  }

  private func session(_ memory: AlignedBytes) throws -> Session { try Session(Image(memory.bytes)) }

  @Test func turnsAreTakenOverAndOver() throws {
    let memory = AlignedBytes(contents(rotation: [1, 1, 0]).bytes())
    var session = try session(memory)
    let image = session.image
    #expect(image.planCount == 2 && image.plan(named: "all") == 0 && image.plan(named: "none") == 1)
    #expect(image.plan(named: "al") == nil && image.plan(named: "alls") == nil && image.plan(named: "") == nil)
    var moved: [Bool] = []
    for _ in 0..<6 {
      let before = values(session)
      _ = session.runStep()
      moved.append(values(session) != before)
      session.variable(0)!.fill(9)
    }
    #expect(moved == [false, false, true, false, false, true])
  }

  private func take(_ plan: Int?, _ session: inout Session, _ expected: Bool) {
    let isTaken = session.choose(plan)
    #expect(isTaken == expected, "\(plan as Any)")
  }

  private func values(_ session: borrowing Session) -> [Float] {
    guard let values = session.variable(0) else { return [] }
    return (0..<values.count).map { values[$0] }
  }

  @Test func aChosenPlanStaysUntilTurnsAreWantedAgain() throws {
    let memory = AlignedBytes(contents(rotation: [0]).bytes())
    var session = try session(memory)
    take(1, &session, true)
    #expect(session.plan == 1)
    _ = session.runStep()
    take(2, &session, false)
    take(-1, &session, false)
    #expect(session.plan == 1)
    take(nil, &session, true)
    #expect(session.plan == 0)
  }

  @Test func noPlanIsChosenWithinAnUpdate() throws {
    var image = contents()
    image.window = 2
    let memory = AlignedBytes(image.bytes())
    var session = try session(memory)
    _ = session.runStep()
    #expect(session.microStep == 1)
    take(1, &session, false)
    take(nil, &session, false)
    #expect(session.plan == 0)
    _ = session.runStep()
    take(1, &session, true)
  }

  @Test func goldenStepsCoverEveryPlan() throws {
    let memory = AlignedBytes(contents(rotation: [0]).bytes())
    var session = try session(memory)
    let states = session.goldenSteps(seed: 1).states
    #expect(states[0] == states[1] && states[1] != states[2] && session.plan == 0)
  }

  /// Whatever is accepted must run, by turns and by every plan.
  @Test func mutationsNeverCrash() throws {
    var mutations = Mutations(of: contents(rotation: [1, 0]).bytes(), seed: 11)
    var accepted = 0
    for _ in 0..<20_000 {
      let memory = AlignedBytes(mutations.next())
      guard (try? Image.checkFrame(memory.bytes)) != nil, let image = try? Image(contentsOf: memory.bytes),
        image.arenaBytes <= 1 << 20
      else { continue }
      accepted += 1
      var session = try Session(image)
      _ = session.runStep()
      for plan in 0..<image.planCount {
        _ = session.choose(plan)
        _ = session.runStep()
        session.walk { _, _ in .run }
      }
      session.predict()
    }
    #expect(accepted > 1_000)
  }

  @Test func faultsAreNamed() throws {
    func expect(_ error: ImageError, _ change: (inout ImageContents) -> Void) {
      var image = contents(rotation: [0, 1])
      change(&image)
      let memory = AlignedBytes(image.bytes())
      #expect(throws: error) { try Image(memory.bytes) }
    }
    expect(.table(.rotation)) { $0.rotation = [0, 2] }
    expect(.table(.plans)) { image in
      image.others = Array(repeating: image.others[0], count: Image.mostPlans)
    }
    expect(.row(.train, index: 0, .unknownOpcode)) { $0.others[0].program.words[0] |= 0xfffe }
    expect(.binding(.train, .labels)) { $0.others[0].program.labels = nil }
    expect(.binding(.train, .labels)) { image in
      image.others[0].program.tensors[4] = TensorRow(section: .arena, type: .f32, count: 4, offset: 192)
    }
  }
}
