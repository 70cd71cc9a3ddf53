import CPlatform
import Synchronization

/// Teams that share every row that can be shared, however small it is.
enum KernelTeams {
  private struct Teams: @unchecked Sendable {
    // Of 2, 3 and 5 threads; they last as long as the tests.
    let handles = [2, 3, 5].map { unsafe cp_start_team($0, 1 << 21, 0)! }
  }

  private static let teams = Mutex(Teams())

  /// Runs a row with one of the teams, 1 to 3, or without; a team runs one row at a time.
  static func use(_ team: Int, _ body: () -> Void) {
    guard team > 0 else { return body() }
    teams.withLock {
      unsafe cp_enter_team($0.handles[team - 1])
      body()
      unsafe cp_enter_team(nil)
    }
  }
}
