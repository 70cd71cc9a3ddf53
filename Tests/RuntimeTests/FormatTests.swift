import Foundation
import Support
import Testing

@testable import Runtime

private func field<Header, Value>(_ path: KeyPath<Header, Value>) -> FormatField { FormatField(path) }

struct FormatTests {
  @Test func theTablesAreTheStructs() throws {
    let tables = try formatTables()
    let image: [FormatField] = [
      .magic, field(\ImageHeader.version), field(\ImageHeader.headerBytes), field(\ImageHeader.length),
      field(\ImageHeader.arenaBytes), field(\ImageHeader.persistentBytes), field(\ImageHeader.plans),
      field(\ImageHeader.rotation), field(\ImageHeader.predict), field(\ImageHeader.learningRates),
      field(\ImageHeader.variables),
      field(\ImageHeader.names), field(\ImageHeader.metadata), field(\ImageHeader.constants), field(\ImageHeader.batch),
      field(\ImageHeader.window), field(\ImageHeader.classes), field(\ImageHeader.plannedUpdates),
      field(\ImageHeader.inputs), field(\ImageHeader.targets), field(\ImageHeader.reserved),
      field(\ImageHeader.readsInPlace), field(\ImageHeader.pageBytes), field(\ImageHeader.statePageBytes),
      field(\ImageHeader.input), field(\ImageHeader.target),
    ]
    #expect(tables["ESPPLAN"] == image)
    let program: [FormatField] = [
      field(\ProgramHeader.tensors), field(\ProgramHeader.words), field(\ProgramHeader.rows),
      field(\ProgramHeader.input), field(\ProgramHeader.labels), field(\ProgramHeader.loss),
      field(\ProgramHeader.correct), field(\ProgramHeader.logits),
    ]
    #expect(tables["tensorsbytes"] == program)
    let pack: [FormatField] = [
      .magic, field(\PackHeader.version), field(\PackHeader.headerBytes), field(\PackHeader.length),
      field(\PackHeader.samples), field(\PackHeader.trainSamples), field(\PackHeader.inputs),
      field(\PackHeader.targets), field(\PackHeader.classes), field(\PackHeader.reserved),
      field(\PackHeader.classNames), field(\PackHeader.names), field(\PackHeader.input), field(\PackHeader.target),
    ]
    #expect(tables["ESPPACK"] == pack)
    let names = tables.filter { $0.key.hasPrefix("nameamongthenames") }
    #expect(names.count == 1)
    let arrays: [FormatField] = [
      field(\PlanArray.nameOffset), field(\PlanArray.nameBytes), field(\PlanArray.type), field(\PlanArray.shape),
      field(\PlanArray.rows), field(\PlanArray.columns), field(\PlanArray.channels), field(\PlanArray.order),
      field(\PlanArray.scale), field(\PlanArray.zeroPoint),
      field(\PackArray.nameOffset), field(\PackArray.nameBytes), field(\PackArray.type), field(\PackArray.layout),
      field(\PackArray.shape), field(\PackArray.scale), field(\PackArray.channels), field(\PackArray.channelStep),
      field(\PackArray.mean), field(\PackArray.deviation), field(\PackArray.bytes), field(\PackArray.reserved),
    ]
    #expect(names.values.first == arrays)
    let checkpoint: [FormatField] = [
      .magic, field(\CheckpointHeader.version), field(\CheckpointHeader.headerBytes), field(\CheckpointHeader.length),
      field(\CheckpointHeader.plan), field(\CheckpointHeader.step), field(\CheckpointHeader.microStep),
      field(\CheckpointHeader.epoch), field(\CheckpointHeader.position), field(\CheckpointHeader.seed),
      field(\CheckpointHeader.data), field(\CheckpointHeader.persistentBytes),
      field(\CheckpointHeader.statistics.samples),
      field(\CheckpointHeader.statistics.correct), field(\CheckpointHeader.statistics.loss),
      field(\CheckpointHeader.statistics.bestAccuracy), field(\CheckpointHeader.statistics.evaluationsSinceBest),
    ]
    #expect(tables["ESPCKPT"] == checkpoint)
  }

  @Test func theTablesHaveNoGaps() throws {
    let ends = [
      "ESPPLAN": ImageHeader.size, "tensorsbytes": MemoryLayout<ProgramHeader>.size, "ESPGOLD": GoldenSteps.size,
      "ESPPACK": PackHeader.size, "ESPCKPT": CheckpointHeader.size,
    ]
    let tables = try formatTables()
    for (name, end) in ends {
      let table = try #require(tables[name])
      #expect(table.map { $0.byte + $0.size } == table.dropFirst().map(\.byte) + [end], "\(name)")
    }
    #expect(MemoryLayout<PlanRow>.size == 64)
    #expect(MemoryLayout<PlanArray>.size == 80 && MemoryLayout<PackArray>.size == 232)
    #expect(MemoryLayout<ArrayShape>.size == 36 && SampleMemory.size == 272)
    #expect(MemoryLayout<VariableRow>.size == 24)
    #expect(MemoryLayout<TensorRow>.size == 16)
  }

  @Test func magicNumbersSpellTheirNames() {
    func text(_ magic: UInt64) -> String {
      withUnsafeBytes(of: magic.littleEndian) { String(decoding: $0, as: UTF8.self) }
    }
    #expect(text(ImageHeader.magic) == "ESPPLAN\0")
    #expect(text(PackHeader.magic) == "ESPPACK\0")
    #expect(text(CheckpointHeader.magic) == "ESPCKPT\0")
  }

  @Test func codesAreTheOnesOfTheTables() {
    #expect([ElementType.f32, .f64, .i8, .u8, .i16, .i32, .i64, .bit].map(\.rawValue) == Array(0...7))
    #expect([Section.constants.rawValue, Section.arena.rawValue] == [0, 1])
    #expect([SampleType.u8, .f32, .i32].map(\.rawValue) == [0, 1, 2])
    #expect([SampleLayout.model.rawValue, SampleLayout.picture.rawValue] == [0, 1])
    #expect(RowFlags(isDouble: true).rawValue == 1 && RowFlags(onlyInLastMicroStep: true).rawValue == 2)
  }
}
