import Driver
import Espalier
import Report

extension BelowMinimum: Explained {
  var failure: Failure {
    let needs = [
      ("--cap", budget.arenaBytes, least.arenaBytes), ("--mac-budget", budget.macs, least.stepMacs),
      ("--flash-budget", budget.flashBytes, least.flashBytes),
    ].filter { $0.2 > $0.1 ?? .max }
    let text = needs.map { "\(grouped($0.2)) where \($0.0) allows \(grouped($0.1 ?? 0))" }.joined(separator: ", ")
    let advice = needs.map { "\($0.0) \($0.2)" }.joined(separator: " ")
    return Failure(.overCap, "training the head alone takes \(text)", advice: "give at least \(advice)")
  }
}

extension TrialError: Explained {
  var failure: Failure {
    let last = output.split(separator: "\n").map(String.init).first { $0.hasPrefix("error: ") }
    return Failure(
      ExitStatus(rawValue: status) ?? .defect,
      "a trial ended with status \(status): " + (last.map { String($0.dropFirst(7)) } ?? "it printed no reason"),
      advice: "run it alone with --trial POLICY to see all of its messages")
  }
}

extension RayError: Explained {
  var failure: Failure {
    Failure(
      .ioError, "no trials on Ray at \(address): \(reason)",
      advice: "install ray for the python3 of PATH, or name another by ESPALIER_PYTHON, and check the address")
  }
}
