import Foundation
import Testing

@testable import Memory

private let folder = ProcessInfo.processInfo.environment["ESPALIER_SHARED"].map { $0 + "/minimalloc" }

/// The hard instances that MiniMalloc (Moffitt, ASPLOS 2023) fits into 1 MiB; of three, the lower bound is reached.
@Test(
  .enabled(if: folder != nil, "needs ../shared/data"),
  arguments: [("A", 1_048_576), ("C", 1_039_360), ("D", 1_040_384), ("F", 1_048_576), ("J", 1_033_216)])
func hardInstancesArePlaced(name: String, bytes: Int) throws {
  let items = try published(name)
  let result = placeExactly(items, goal: 1_048_576)
  try PlacementChecker.check(items, result.placement)
  #expect(result.placement.bytes == bytes)
  #expect(result.lowerBound == lowerBound(items))
  #expect(result.isOptimal == ["A", "C", "F"].contains(name))
}

/// The effort that a plan gets is enough for them, too, without being told what would do.
@Test(
  .enabled(if: folder != nil, "needs ../shared/data"),
  arguments: [("A", 1_048_576), ("C", 1_039_360), ("D", 1_038_336), ("F", 1_048_576), ("J", 1_042_432)])
func hardInstancesNeedNoGoal(name: String, bytes: Int) throws {
  let items = try published(name)
  let result = placeExactly(items, effort: 130_000_000)
  try PlacementChecker.check(items, result.placement)
  #expect(result.placement.bytes == bytes)
}

private func published(_ name: String) throws -> [Item] {
  let path = try #require(folder) + "/\(name).1048576.csv"
  return try ItemsCSV(String(contentsOfFile: path, encoding: .utf8)).items
}
