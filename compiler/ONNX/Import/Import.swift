extension ONNXModel {
  /// The network as a graph of the IR.
  public func imported(_ options: ImportOptions = ImportOptions()) throws(ImportError) -> ImportedModel {
    var importer = try Importer(self, options)
    try importer.run()
    var faults: [String] = []
    for o in importer.outcomes { if case .fault(let f) = o.result { faults.append("\(proto.graph.node[o.index].opType) \(proto.graph.node[o.index].name) \(f)") } }
    if !faults.isEmpty { throw .faults(faults) }
    return try importer.finish()
  }
}
