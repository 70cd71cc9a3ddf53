import IR
import Operators

extension Graph {
  /// What training changes beside what a policy names: running statistics of normalizations that are kept.
  var noteOfStatistics: String? {
    let kept = nodes.filter { $0.op is BatchNormInference }
    guard !kept.isEmpty else { return nil }
    let names = kept.flatMap { $0.inputs[3...] }.map { self[$0].name }
    let shown = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? " and \(names.count - 4) more" : "")
    return "the running statistics \(shown) follow the batches in every step, whatever the policy trains; "
      + "losses are those of each batch's own statistics"
  }
}
