import ArgumentParser

/// Numbers with commas between: `0.485,0.456,0.406`.
struct NumberList: ExpressibleByArgument, Equatable {
  let values: [Float]

  init?(argument: String) {
    var values: [Float] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let value = Float(part), value.isFinite else { return nil }
      values.append(value)
    }
    self.values = values
  }
}
