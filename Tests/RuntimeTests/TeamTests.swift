import CPlatform
import Foundation
import Testing

@testable import Runtime

/// Threads that share rows.
struct TeamTests {
  /// Every part once, each on a thread of its own, a thousand times over: with sleeps in between, too.
  @Test(arguments: [2, 3, 8]) func everyPartRunsOnceARound(threads: Int) throws {
    let team = try #require(unsafe cp_start_team(Int32(threads), 64, 10))
    defer { unsafe cp_end_team(team) }
    unsafe cp_enter_team(team)
    defer { unsafe cp_enter_team(nil) }
    #expect(cp_team_for(9, 0) == 1 && cp_team_for(10, 65) == 1 && cp_team_for(10, 64) == threads)
    var counts = [Int32](repeating: 0, count: threads * 16)
    for round in 1...1000 {
      let parts = round % threads + 1
      counts.withUnsafeMutableBytes {
        unsafe cp_share(
          Int32(parts),
          { counts, part in
            // A cache line each; what a thread of a team runs is not shared once more.
            let nested = cp_team_for(100, 0) > 1 && part > 0
            let own = unsafe counts!.assumingMemoryBound(to: Int32.self) + Int(part) * 16
            unsafe own.pointee += nested ? 1000 : 1
          }, $0.baseAddress)
      }
      // Long enough to fall asleep.
      if round % 250 == 0 { usleep(20_000) }
    }
    for part in 0..<threads {
      let expected = (1...1000).count { $0 % threads + 1 > part }
      #expect(counts[part * 16] == Int32(expected), "part \(part)")
    }
  }

  /// Threads have scratch of their own; the caller uses the row's.
  @Test func scratchIsTheThreadsOwn() throws {
    let team = try #require(unsafe cp_start_team(3, 4096, 0))
    defer { unsafe cp_end_team(team) }
    unsafe cp_enter_team(team)
    defer { unsafe cp_enter_team(nil) }
    var addresses = [UnsafeMutableRawPointer?](repeating: nil, count: 3)
    addresses.withUnsafeMutableBytes {
      unsafe cp_share(
        3,
        { addresses, part in
          let own = unsafe addresses!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self) + Int(part)
          unsafe own.pointee = cp_team_scratch(part)
        }, $0.baseAddress)
    }
    #expect(unsafe addresses[0] == nil && addresses[1] != nil && addresses[2] != nil)
    #expect(unsafe addresses[1] != addresses[2])
  }

  /// Parts are neighbours that cover everything, in multiples of the step, none larger than the others by more than it.
  @Test func partsCoverARow() {
    for (count, step, threads) in [(1, 6, 1), (7, 6, 2), (100, 6, 3), (48, 16, 3), (50, 16, 4), (1000, 1, 64)] {
      let parts = (0..<threads).map { RowShares.part($0, of: threads, count, step: step) }
      #expect(parts.first?.lowerBound == 0 && parts.last?.upperBound == count)
      #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(parts.dropLast().allSatisfy { $0.upperBound % step == 0 })
      let sizes = parts.map(\.count)
      #expect(sizes.max()! - sizes.min()! <= step, "\(count) in \(threads)")
    }
  }
}
