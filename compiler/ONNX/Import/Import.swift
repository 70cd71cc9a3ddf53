extension ONNXModel {
  /// The network as a graph of the IR.
  ///
  /// Pictures are NHWC, weights OHWI; whatever does not depend on the inputs is computed now, normalizations with fixed
  /// statistics join the convolutions in front of them, and dense layers are 1x1 convolutions.
  /// - Throws: `ImportError`: `tensor` where values cannot be read, `nodes` with every node that cannot be imported.
  public func imported(_ options: ImportOptions = ImportOptions()) throws(ImportError) -> ImportedModel {
    var importer = try Importer(self, options)
    importer.run()
    let problems = importer.problems
    for problem in problems {
      if case .tensor(let name, let fault) = problem.fault { throw .tensor(path: path, name: name, fault) }
    }
    guard problems.isEmpty else { throw .nodes(problems) }
    if let error = importer.unreadable { throw error }
    return try importer.finish(observed: options.observed)
  }
}
