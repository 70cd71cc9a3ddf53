import Runtime

extension ImageContents {
  /// The bytes of the image; the same contents give the same bytes.
  public func bytes() -> [UInt8] {
    var header = ImageHeader()
    header.arenaBytes = UInt64(arenaBytes)
    header.persistentBytes = UInt64(persistentBytes)
    header.batch = UInt32(batch)
    header.window = UInt32(window)
    header.classes = UInt32(classes)
    header.input = input
    header.target = target
    header.readsInPlace = readsInPlace ? 1 : 0
    header.pageBytes = UInt64(pageBytes)
    header.statePageBytes = UInt64(statePageBytes)
    header.plannedUpdates = UInt32(plannedUpdates)

    var file = FileBuilder(reserving: ImageHeader.size)
    let plans = [(name, train)] + others
    let programs = plans.map { $0.1.header(&file) }
    header.predict = predict.header(&file)
    let names = (variables.map(\.name) + plans.map(\.0) + [inputName]).map { Array($0.utf8) }
    var nameOffset = 0
    let rows = zip(variables, names).map { variable, name in
      defer { nameOffset += name.count }
      return VariableRow(
        nameOffset: nameOffset, nameBytes: name.count, tensor: variable.tensor, initial: variable.initial)
    }
    header.variables = file.append(table: rows, alignment: 8)
    let planRows = zip(programs, names[variables.count...]).map { program, name in
      defer { nameOffset += name.count }
      return PlanRow(nameOffset: nameOffset, nameBytes: name.count, program: program)
    }
    header.input.nameOffset = UInt32(nameOffset)
    header.input.nameBytes = UInt32(inputName.utf8.count)
    header.plans = file.append(table: planRows, alignment: 8)
    header.rotation = file.append(table: rotation.map { UInt32($0) }, alignment: 4)
    header.learningRates = file.append(table: learningRates, alignment: 4)
    header.names = file.append(table: names.flatMap { $0 }, alignment: 1)
    header.metadata = file.append(table: metadata, alignment: 1)
    file.align(to: ImageHeader.alignment)
    header.constants = TableSpan(offset: file.count, count: constants.bytes)
    for (_, constant) in constants.entries {
      file.align(to: ImageHeader.alignment)
      file.append(constant.bytes())
    }
    return file.finish(with: header, length: \.length)
  }
}

extension ImageContents.Program {
  fileprivate func header(_ file: inout FileBuilder) -> ProgramHeader {
    func word(_ index: Int?) -> UInt32 { index.map { UInt32($0) } ?? ProgramHeader.none }
    var header = ProgramHeader()
    header.tensors = file.append(table: tensors, alignment: 8)
    header.words = file.append(table: words, alignment: 4)
    header.rows = UInt32(rows)
    header.input = UInt32(input)
    header.labels = word(labels)
    header.loss = word(loss)
    header.correct = word(correct)
    header.logits = word(logits)
    return header
  }
}
