import Foundation
import Testing

@testable import Memory

private let folder = ProcessInfo.processInfo.environment["ESPALIER_SHARED"].map { $0 + "/minimalloc" }

/// An instance of the MiniMalloc benchmark: `id,lower,upper,size`, lifetimes half open.
private func items(_ csv: String) throws -> [Item] {
  try csv.split(separator: "\n").dropFirst().map { line in
    let fields = line.split(separator: ",").compactMap { Int($0) }
    try #require(fields.count == 4)
    return Item(bytes: fields[3], first: fields[1], last: fields[2] - 1)
  }
}

/// The hard instances that MiniMalloc (Moffitt, ASPLOS 2023) fits into 1 MiB.
///
/// Greedy placement does not; it must be right and no worse than the published range of greedy placement by size.
@Test(.enabled(if: folder != nil), arguments: ["A", "C", "D", "F", "J"])
func hardInstances(name: String) throws {
  let path = try #require(folder) + "/\(name).1048576.csv"
  let items = try items(String(contentsOfFile: path, encoding: .utf8))
  let placement = place(items)
  try PlacementChecker.check(items, placement)
  let bound = lowerBound(items)
  #expect(bound <= 1_048_576)
  #expect(placement.bytes >= bound)
  #expect(Double(placement.bytes) <= 1.41 * 1_048_576)
}
