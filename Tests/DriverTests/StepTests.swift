import Driver
import IR
import Runtime
import Select
import Testing

/// Plans of the compiler run by the interpreter.
struct StepTests {
  private func run(_ options: CompileOptions, steps: Int, batch: Int = 2) throws -> (losses: [Float], values: [[Float]])
  {
    let loaded = try LoadedImage(compiled(options, batch: batch).image)
    var session = try Session(loaded.image)
    var losses: [Float] = []
    for step in 0..<steps {
      session.fillBatch(seed: UInt64(step / 100))
      losses.append(session.runStep().loss)
    }
    return (losses, (0..<loaded.image.variableCount).map { floats(session.variable($0)) })
  }

  private func floats(_ elements: Elements<Float>?) -> [Float] {
    guard let elements else { return [] }
    return (0..<elements.count).map { elements[$0] }
  }

  @Test(arguments: ["full", "bias", "head", "last-2"])
  func lossFallsAndOnlyTrainedTensorsMove(policy: String) throws {
    var options = CompileOptions()
    options.policy = .preset(policy)
    options.learningRate = 0.1
    let (losses, values) = try run(options, steps: 60)
    #expect(losses.last! < losses.first! * 0.8)
    let start = try run(options, steps: 0).values
    #expect(zip(values, start).allSatisfy { $0 != $1 })
  }

  /// Two micro-steps over the same samples are one step over them.
  @Test func accumulationOfEqualBatchesChangesNothing() throws {
    var options = CompileOptions()
    let once = try run(options, steps: 1)
    options.accumulate = 2
    let twice = try run(options, steps: 2)
    #expect(once.losses[0] == twice.losses[0])
    let names = try LoadedImage(compiled(options).image)
    var index = 0
    for variable in 0..<names.image.variableCount {
      let row = names.image.variable(variable)
      let name = names.image.name(row)
      let isState =
        name.count > 6 && name.load(0, as: UInt8.self) == UInt8(ascii: "s")
        && name.load(5, as: UInt8.self) == UInt8(ascii: ":")
      guard !isState else { continue }
      for (a, b) in zip(twice.values[variable], once.values[index]) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b))) }
      index += 1
    }
    #expect(index == once.values.count)
  }

  @Test func gradientRowsReadTheGradient() throws {
    for optimizer in [OptimizerKind.sgd, .momentum] {
      var options = CompileOptions()
      options.optimizer = optimizer
      options.accumulate = optimizer == .momentum ? 3 : 1
      let compilation = try compiled(options)
      let loaded = try LoadedImage(compilation.image)
      let metadata = try PlanMetadata(loaded.image)
      var session = try Session(loaded.image)
      session.fillBatch(seed: 1)
      let before = (0..<loaded.image.variableCount).map { floats(session.variable($0)) }
      let rows = Dictionary(uniqueKeysWithValues: metadata.parameters.map { ($0.gradientRow, $0) })
      var row = 0
      var norms: [String: Float] = [:]
      session.walk { opcode, call in
        defer { row += 1 }
        if let parameter = rows[row] {
          let gradient = floats(call.floats(2))
          norms[parameter.name] = gradient.reduce(0) { $0 + $1 * $1 }
          #expect(gradient.count == parameter.shape.reduce(1, *))
        }
        return [.sgd, .momentumState, .accumulate].contains(opcode) ? .skip : .run
      }
      #expect(norms.count == metadata.parameters.count && norms.values.allSatisfy { $0 > 0 })
      #expect(before == (0..<loaded.image.variableCount).map { floats(session.variable($0)) })
    }
  }
}
