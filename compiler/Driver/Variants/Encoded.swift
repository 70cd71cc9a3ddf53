import IR
import Passes
import Report

extension StepVariant {
  /// Variants that compress saved tensors ever more, the most exact first: one codec after the other, for ever more
  /// values.
  ///
  /// - Parameter estimated: whether their sizes can be told from what is kept.
  func encoded(seed: UInt64, estimated: Bool) throws -> [SizedVariant] {
    let lifetimes = SavedLifetimes(try schedules(.rules).train, training)
    let macs = macs
    var found: [SizedVariant] = []
    var chosen: [ValueID: CodecSite] = [:]
    for codec in savedTensorCodecs {
      let sites = training.sites(codec).filter { $0.keptBytes < chosen[$0.value]?.keptBytes ?? .max }
      let before = chosen
      for some in sites.growingPrefixes {
        chosen = before.merging(some.map { ($0.value, $0) }) { $1 }
        let sites = chosen.values.sorted { $0.value < $1.value }
        let bytes = lifetimes.bytes(without: sites.map { ($0.value, $0.bytes - $0.keptBytes) })
        found.append(SizedVariant(macs: macs, estimate: estimated ? bytes : 0) { try encoding(sites, seed: seed) })
      }
    }
    return found
  }

  /// The variant that uses one codec wherever it can be used; nil where it cannot.
  func encoded(_ name: String, seed: UInt64) throws -> StepVariant? {
    guard let codec = savedTensorCodecs.first(where: { $0.name == name }) else { return nil }
    let sites = training.sites(codec)
    return sites.isEmpty ? nil : try encoding(sites.sorted { $0.value < $1.value }, seed: seed)
  }

  private func encoding(_ sites: [CodecSite], seed: UInt64) throws -> StepVariant {
    let codecs: [PlanReport.Codec] = savedTensorCodecs.compactMap { codec in
      let own = sites.filter { $0.codec.name == codec.name }
      guard !own.isEmpty else { return nil }
      return PlanReport.Codec(
        codec: codec.name, tensors: own.count, bytes: own.reduce(0) { $0 + $1.bytes },
        keptBytes: own.reduce(0) { $0 + $1.keptBytes })
    }
    return try after(codecs.map(\.text).joined(separator: ", ")) { variant in
      variant.training = try training.encoding(sites, seed: Int(UInt32(truncatingIfNeeded: seed)))
      variant.codecs = codecs
    }
  }
}
