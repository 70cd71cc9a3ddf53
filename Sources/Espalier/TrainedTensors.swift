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
    for parameter in plan.metadata.parameters {
      let values = variables.first { $0.name == parameter.variable }?.values ?? []
      guard let stored = parameter.inFile(values, outside: untrained.values(parameter.name)) else {
        throw .tensor(name: parameter.name)
      }
      tensors.append(ExportTensor(name: parameter.name, shape: parameter.shape, values: stored))
    }
    let known = Set(plan.metadata.parameters.map(\.variable))
    for variable in variables where !known.contains(variable.name) {
      guard untrained.values(variable.name) != nil else { continue }
      let layout = untrained.layout(variable.name)
      guard let stored = layout.inFile(variable.values) else { throw .tensor(name: variable.name) }
      tensors.append(ExportTensor(name: variable.name, shape: layout.shape, values: stored))
    }
    return tensors
  }

  /// Present values of all variables in float, in the order of the image.
  func variables() throws(EspalierError) -> [(name: String, values: [Float])] {
    let image = plan.image
    return try withState { state in
      (0..<image.variableCount).compactMap { index in
        let name = image.name(image.variable(index))
        let text = String(decoding: (0..<name.count).map { name[$0] }, as: UTF8.self)
        return state.session.variable(index).map { (text, $0.array) }
      }
    }
  }
}
