import Driver
import Report
import Runtime
import Select
import Testing

struct CompileTests {
  @Test func equalInputGivesEqualBytes() throws {
    #expect(try compiled().image == compiled().image)
    var other = CompileOptions()
    other.learningRate = 0.02
    #expect(try compiled(other).image != compiled().image)
  }

  @Test func reportAgreesWithTheImage() throws {
    let compilation = try compiled()
    let loaded = try LoadedImage(compilation.image)
    let report = compilation.report
    let metadata = try PlanMetadata(loaded.image)
    #expect(metadata.report(of: loaded.image) == report)
    #expect(loaded.image.arenaBytes == report.arenaBytes)
    #expect(report.imageBytes == compilation.image.count)
    #expect(report.lbOperator <= report.lbOrder && report.lbOrder <= report.lbSchedule)
    #expect(report.lbSchedule <= report.arenaBytes && report.bytesByClass.sum <= report.arenaBytes)
    #expect(report.trainedParameters == 3 * 3 * 3 * 8 + 8 + 8 * 16 + 16 + 9 * 16 + 16 + 16 * 8 + 8 + 8 * 3 + 3)
    #expect(loaded.image.train.rows == report.steps)
  }

  @Test func everyStageStops() throws {
    for stage in CompileStage.allCases where stage != .emit {
      var options = CompileOptions()
      options.stopAfter = stage
      guard case .text(let text) = try compile(traced: smallNetwork(), options) else {
        Issue.record("\(stage) gave a plan")
        continue
      }
      #expect(!text.isEmpty)
    }
    var options = CompileOptions()
    options.stopAfter = .select
    options.policy = .preset("last-2")
    guard case .text(let text) = try compile(traced: smallNetwork(), options) else { throw UnexpectedText() }
    options.policy = .document(Array(text.utf8), path: "policy.json")
    options.stopAfter = nil
    var preset = options
    preset.policy = .preset("last-2")
    let fromFile = try compiled(options).report
    #expect(fromFile.trainedTensors == (try compiled(preset).report.trainedTensors))
    #expect(fromFile.policy == "policy.json")
  }

  /// One plan is several plans of one: the same variables at the same places, the same steps, the same losses.
  @Test func aRotationOfOnePlanIsThatPlan() throws {
    let json = #"{"schedule": 1, "plans": [{"name": "only", "policy": "last-2"}]}"#
    var options = CompileOptions()
    options.policy = .preset("last-2")
    let alone = try compiled(options)
    options.plans = try PlanRotation(json: Array(json.utf8), name: "rotation.json") { .preset($0) }
    let rotated = try compiled(options)
    #expect(rotated.report.arenaBytes == alone.report.arenaBytes && rotated.report.steps == alone.report.steps)
    #expect(rotated.report.trainedTensors == alone.report.trainedTensors)
    let losses = try [alone, rotated].map { compilation in
      let loaded = try LoadedImage(compilation.image)
      var session = try Session(loaded.image)
      return (0..<5).map { step in
        session.fillBatch(seed: UInt64(step))
        return session.runStep().loss
      }
    }
    #expect(losses[0] == losses[1])
  }

  @Test func ratesFollowTheirSchedules() throws {
    func rates(_ schedule: ScheduleKind, warmup: Int = 0) throws -> [Float] {
      var options = CompileOptions()
      (options.schedule, options.warmup, options.steps, options.learningRate) = (schedule, warmup, 8, 1)
      let image = try LoadedImage(compiled(options).image)
      return (0..<9).map { image.image.learningRate($0) }
    }
    #expect(try rates(.constant) == Array(repeating: 1, count: 9))
    #expect(try rates(.linear) == [1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0.125])
    #expect(try rates(.constant, warmup: 4) == [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1])
    let cosine = try rates(.cosine)
    #expect(cosine[0] == 1 && abs(cosine[4] - 0.5) < 1e-6 && cosine[7] < 0.04)
    let rex = try rates(.rex)
    #expect(rex[0] == 1 && abs(rex[4] - 2.0 / 3) < 1e-6)
  }
}
