import Foundation
import Testing

@testable import Memory

private let folder = ProcessInfo.processInfo.environment["ESPALIER_SHARED"].map { $0 + "/minimalloc" }

/// The hard instances that MiniMalloc (Moffitt, ASPLOS 2023) fits into 1 MiB; of three, the lower bound is reached.
@Test(
  .enabled(if: folder != nil, "needs ../shared/data"),
  arguments: [("A", 1_048_576), ("C", 1_039_360), ("D", 1_046_528), ("F", 1_048_576), ("J", 1_048_576)])
func hardInstancesArePlaced(name: String, bytes: Int) throws {
  let path = try #require(folder) + "/\(name).1048576.csv"
  let table = try ItemsCSV(String(contentsOfFile: path, encoding: .utf8))
  let result = placeExactly(table.items, goal: 1_048_576)
  try PlacementChecker.check(table.items, result.placement)
  #expect(result.placement.bytes == bytes)
  #expect(result.lowerBound == lowerBound(table.items))
  #expect(result.isOptimal == ["A", "C", "F"].contains(name))
}
