import Driver
import ONNX
import Runtime

extension Trainer {
  /// Everything that training changes and the file has a place for, in the file's layout.
  ///
  /// These are the plan's parameters, and statistics of batch normalizations that are trained too.
  /// - Throws: `EspalierError.tensor`.
  func trainedTensors(_ untrained: UntrainedNetwork) throws(EspalierError) -> [ExportTensor] {
    var tensors: [ExportTensor] = []
    let variables = try variables()
    for parameter in plan.metadata.parameters where parameter.scales == nil {
      guard let values = variables[parameter.variable],
        let stored = untrained.stored(values, parameter, plan.metadata.channelOrders?[parameter.name])
      else {
        throw .tensor(name: parameter.name)
      }
      var tensor = ExportTensor(
        name: parameter.name, shape: parameter.shape, stored, reader: untrained.reader(parameter.name))
      tensor.units = untrained.ownUnits(parameter.name)
      tensors.append(tensor)
    }
    let known = Set(plan.metadata.parameters.map(\.variable))
    for (name, values) in variables.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
      guard case .floats(let values) = values, untrained.values(name) != nil else { continue }
      let layout = untrained.layout(name)
      let order = plan.metadata.channelOrders?[name]
      guard let stored = layout.inFile(order?.restored(values) ?? values) else { throw .tensor(name: name) }
      tensors.append(
        ExportTensor(name: name, shape: layout.shape, values: stored, reader: untrained.reader(name)))
    }
    return tensors
  }

  /// Present values of all variables in float and of all weights and biases in integers, by name.
  func variables() throws(EspalierError) -> [String: ExportTensor.Storage] {
    let image = plan.image
    return try withState { state in
      var result: [String: ExportTensor.Storage] = [:]
      for index in 0..<image.variableCount {
        let name = image.name(image.variable(index)).text
        if let floats = state.session.variable(index) {
          result[name] = .floats(floats.array)
        } else if let integers = state.session.integers(index) {
          result[name] = .integers(integers.array)
        }
      }
      return result
    }
  }
}

extension VariableIntegers {
  var array: [Int32] {
    switch self {
    case .i8(let elements): (0..<elements.count).map { Int32(elements[$0]) }
    case .i32(let elements): (0..<elements.count).map { elements[$0] }
    }
  }
}

extension UntrainedNetwork {
  /// Trained values of a parameter in the file's layout; nil where their number is wrong.
  fileprivate func stored(
    _ values: ExportTensor.Storage, _ parameter: PlanMetadata.Parameter, _ order: ChannelOrder?
  ) -> ExportTensor.Storage? {
    switch values {
    case .floats(let floats):
      parameter.inFile(floats, outside: self.values(parameter.name), order).map(ExportTensor.Storage.floats)
    case .integers(let integers):
      if let units = units(parameter.name), units.count == integers.count {
        parameter.inFile(zip(integers, units).map { Float($0) * $1 }, order).map(ExportTensor.Storage.floats)
      } else {
        parameter.inFile(integers, outside: self.integers(parameter.name), order).map(ExportTensor.Storage.integers)
      }
    }
  }
}
