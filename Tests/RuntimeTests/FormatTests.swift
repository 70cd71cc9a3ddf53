import Foundation
import Testing

@testable import Runtime

/// A line of a byte table: first byte, and the type as the table spells it.
private struct Field: Equatable, CustomStringConvertible {
  let byte: Int
  let type: String
  var description: String { "\(byte) \(type)" }
}

private func field<H, T>(_ path: KeyPath<H, T>) -> Field {
  let type =
    switch T.self {
    case is UInt32.Type: "u32"
    case is UInt64.Type: "u64"
    case is Float.Type: "f32"
    case is Double.Type: "f64"
    case is TableSpan.Type: "span"
    case is ProgramHeader.Type: "program"
    case is Digest.Type: "32 bytes"
    default: "16 x f32"
    }
  return Field(byte: MemoryLayout<H>.offset(of: path)!, type: type)
}

/// Bytes that a type of the tables takes.
private func size(of type: String) -> Int {
  let sizes = ["u32": 4, "u64": 8, "f32": 4, "f64": 8, "span": 16, "program": 56, "16 x f32": 64]
  return sizes[type] ?? Int(type.prefix { $0 != " " })!
}

/// The tables of FORMAT.md in order; rows without a fixed size ("bytes") are left out.
private func tables() throws -> [[Field]] {
  let path = URL(filePath: #filePath).appending(path: "../../../Sources/Runtime/Image/FORMAT.md").standardized.path
  var tables: [[Field]] = []
  for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
    if line.hasPrefix("| byte |") { tables.append([]) }
    let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    if cells.count == 3, let byte = Int(cells[0]), cells[1] != "bytes" {
      tables[tables.count - 1].append(Field(byte: byte, type: cells[1]))
    }
  }
  return tables
}

/// The magic number stands in the tables as the 8 bytes it is.
private let magic = Field(byte: 0, type: "8 bytes")

struct FormatTests {
  @Test func theTablesAreTheStructs() throws {
    let tables = try tables()
    #expect(tables.count == 4)
    let image: [Field] = [
      magic, field(\ImageHeader.version), field(\ImageHeader.headerBytes), field(\ImageHeader.length),
      field(\ImageHeader.arenaBytes), field(\ImageHeader.persistentBytes), field(\ImageHeader.train),
      field(\ImageHeader.predict), field(\ImageHeader.learningRates), field(\ImageHeader.variables),
      field(\ImageHeader.names), field(\ImageHeader.metadata), field(\ImageHeader.constants), field(\ImageHeader.batch),
      field(\ImageHeader.window), field(\ImageHeader.classes), field(\ImageHeader.sampleElements),
      field(\ImageHeader.channels), field(\ImageHeader.height), field(\ImageHeader.width),
      field(\ImageHeader.channelsFirst), field(\ImageHeader.plannedUpdates), field(\ImageHeader.reserved),
    ]
    #expect(tables[0] == image)
    let program: [Field] = [
      field(\ProgramHeader.tensors), field(\ProgramHeader.words), field(\ProgramHeader.rows),
      field(\ProgramHeader.input), field(\ProgramHeader.labels), field(\ProgramHeader.loss),
      field(\ProgramHeader.correct), field(\ProgramHeader.logits),
    ]
    #expect(tables[1] == program)
    let pack: [Field] = [
      magic, field(\PackHeader.version), field(\PackHeader.headerBytes), field(\PackHeader.length),
      field(\PackHeader.samples), field(\PackHeader.trainSamples), field(\PackHeader.channels),
      field(\PackHeader.height), field(\PackHeader.width), field(\PackHeader.type), field(\PackHeader.layout),
      field(\PackHeader.labelKind), field(\PackHeader.labelElements), field(\PackHeader.classes),
      field(\PackHeader.scale), field(\PackHeader.reserved), field(\PackHeader.mean), field(\PackHeader.deviation),
      field(\PackHeader.sampleBytes), field(\PackHeader.labelBytes), field(\PackHeader.classNames),
    ]
    #expect(tables[2] == pack)
    let checkpoint: [Field] = [
      magic, field(\CheckpointHeader.version), field(\CheckpointHeader.headerBytes), field(\CheckpointHeader.length),
      field(\CheckpointHeader.plan), field(\CheckpointHeader.step), field(\CheckpointHeader.microStep),
      field(\CheckpointHeader.epoch), field(\CheckpointHeader.position), field(\CheckpointHeader.seed),
      field(\CheckpointHeader.persistentBytes), field(\CheckpointHeader.statistics.samples),
      field(\CheckpointHeader.statistics.correct), field(\CheckpointHeader.statistics.loss),
      field(\CheckpointHeader.statistics.bestAccuracy), field(\CheckpointHeader.statistics.evaluationsSinceBest),
    ]
    #expect(tables[3] == checkpoint)
  }

  @Test func theTablesHaveNoGaps() throws {
    let ends = [ImageHeader.size, MemoryLayout<ProgramHeader>.size, PackHeader.size, CheckpointHeader.size]
    for (table, end) in zip(try tables(), ends) {
      let next = table.dropFirst().map(\.byte) + [end]
      #expect(table.map { $0.byte + size(of: $0.type) } == next)
    }
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
    #expect([SampleType.u8.rawValue, SampleType.f32.rawValue] == [0, 1])
    #expect([SampleLayout.plain, .channelsFirst, .channelsLast].map(\.rawValue) == [0, 1, 2])
    #expect([LabelKind.classes.rawValue, LabelKind.targets.rawValue] == [0, 1])
    #expect(RowFlags(isDouble: true).rawValue == 1 && RowFlags(onlyInLastMicroStep: true).rawValue == 2)
  }
}
