/// What a stage makes of each plan of an image; one plan is several plans of one.
struct Plans<Value> {
  struct Member {
    /// Empty for the only one.
    var name: String
    /// What its policy is called.
    var policy: String
    var value: Value
  }

  var network: Network
  var members: [Member]

  init(network: Network, members: [Member]) {
    self.network = network
    self.members = members
  }

  /// A network with one plan.
  init(_ network: Network, policy: String, _ value: Value) {
    self.init(network: network, members: [Member(name: "", policy: policy, value: value)])
  }

  var values: [Value] { members.map(\.value) }

  func map<Other>(_ body: (Value) throws -> Other) rethrows -> Plans<Other> {
    with(try values.map(body))
  }

  /// The same plans with other values.
  func with<Other>(_ values: [Other]) -> Plans<Other> {
    Plans<Other>(
      network: network,
      members: zip(members, values).map { .init(name: $0.name, policy: $0.policy, value: $1) })
  }
}

extension Plans {
  /// A text for each, under the name of its plan where it has one.
  func text(_ body: (Value) -> String) -> String {
    members.map { ($0.name.isEmpty ? "" : "plan \($0.name):\n") + body($0.value) }.joined(separator: "\n")
  }
}
