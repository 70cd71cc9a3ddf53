import CPlatform
import RuntimeBoard

extension Failure {
  @inline(never)
  private static func about(_ path: CText, _ text: StaticCString) -> FixedText {
    var result = FixedText()
    result += path
    result += text
    return result
  }

  /// A file that cannot be read.
  static func reading(_ path: CText, _ error: FileError) -> Failure {
    if error.cause == cp_errno_not_found {
      return Failure(.notFound, path, " is not there", next: "check the path")
    }
    if error.cause == cp_errno_no_file {
      return Failure(.malformed, path, " is a pipe or a device, not a file", next: "name a file")
    }
    var text = about(path, " cannot be read: ")
    text += cp_error_text(error.cause)
    return Failure(.ioError, text, next: "check the file and its permissions")
  }

  /// A file that cannot be written.
  static func writing(_ path: CText, _ error: FileError) -> Failure {
    if error.cause == cp_errno_busy {
      return Failure(
        .cannotCreate, path, " is being written by another training", next: "wait until it ends, or name another file")
    }
    var text = about(path, " cannot be written: ")
    text += cp_error_text(error.cause)
    text += "; the last one that was written is still there"
    return Failure(
      cp_is_refused(error.cause) != 0 ? .cannotCreate : .ioError, text, next: "make room or name another file")
  }

  static func pages(_ error: FileError) -> Failure {
    // A plan that pages nothing out needs no text about it.
    guard isBuilt(.pageOut) else { return Failure(.ioError, FixedText(), next: "") }
    var text = FixedText("values of the forward pass cannot be paged out beside the checkpoint: ")
    text += cp_error_text(error.cause)
    return Failure(.ioError, text, next: "make room there, or compile with a larger --cap or with --page none")
  }

  static func versions(_ path: CText, _ found: UInt32, _ supported: UInt32) -> Failure {
    var text = about(path, " is of format version ")
    text += found
    text += ", this runner reads version "
    text += supported
    return Failure(.malformed, text, next: "make plan, data and runner with one version of espalier")
  }

  static func lengths(_ path: CText, _ stated: UInt64, _ actual: UInt64) -> Failure {
    var text = about(path, " says it has ")
    text += stated
    text += " bytes and has "
    text += actual
    return Failure(.malformed, text, next: "copy it again")
  }

  static func image(_ path: CText, _ error: ImageError) -> Failure {
    switch error {
    case .notAnImage:
      Failure(.malformed, path, " is no plan", next: "give a file that `espalier compile` wrote")
    case .version(let found, let supported): versions(path, found, supported)
    case .length(let stated, let actual): lengths(path, stated, actual)
    case .digest: damaged(path)
    case .otherImage:
      Failure(
        .malformed, path, " is not the plan that this runner was built for, and it takes no other",
        next: "use the runner of the plan's own bundle")
    default: contents(path, error)
    }
  }

  /// What is wrong behind the header; a runner for one plan never looks there.
  private static func contents(_ path: CText, _ error: ImageError) -> Failure {
    if onlyImage == nil, case .row(_, _, .notBuilt) = error {
      return Failure(
        .malformed, path, " needs a kernel that is not in this runner: it was built for another plan",
        next: "use the runner of the plan's own bundle")
    }
    return Failure(.malformed, path, " contradicts itself", next: "compile the model again")
  }

  private static func damaged(_ path: CText) -> Failure {
    Failure(.malformed, path, " is damaged: its SHA-256 digest does not match", next: "copy it again")
  }

  static func checkpoint(_ path: CText, _ error: CheckpointError) -> Failure {
    switch error {
    case .notACheckpoint:
      Failure(.malformed, path, " is no checkpoint", next: "give a file that `train` wrote")
    case .version(let found, let supported): versions(path, found, supported)
    case .length(let stated, let actual): lengths(path, stated, actual)
    case .digest: damaged(path)
    case .otherPlan:
      Failure(.malformed, path, " belongs to another plan", next: "give the plan that it was trained with")
    case .sizes:
      Failure(.malformed, path, " contradicts its plan in size or counters", next: "train again")
    case .numbers:
      Failure(
        .malformed, path, " holds weights or state that are no finite numbers",
        next: "take an older checkpoint, or train again")
    }
  }

  static func slots(_ path: CText, _ fault: CheckpointSlots.Fault) -> Failure {
    switch fault {
    case .file(let error): reading(path, error)
    case .checkpoint(let error): checkpoint(path, error)
    }
  }

  static func data(_ path: CText, _ error: DataError) -> Failure {
    switch error {
    case .notAPack:
      return Failure(
        .malformed, path, " is no packed data, nor a stream or ring where one was asked for",
        next: "make it on a computer: espalier data")
    case .version(let found, let supported): return versions(path, found, supported)
    case .length(let stated, let actual): return lengths(path, stated, actual)
    case .digest: return damaged(path)
    case .misaligned, .header, .table:
      return Failure(.malformed, path, " contradicts itself", next: "make it again: espalier data")
    case .labelsDiffer:
      return Failure(
        .malformed, path, " has numbers as labels, and the plan's loss compares with classes",
        next: "give classes as integers from 0, or compile with --loss mse")
    case .targetsDiffer(let found, let expected):
      return shapes(
        path, " has labels of ", found, ", the plan's loss compares with ", expected,
        next: "give numbers of that shape, or compile with another --loss")
    case .sampleDiffers(let found, let expected):
      return shapes(
        path, " has samples of ", found, ", the model's input takes ", expected,
        next: "give samples of that shape: espalier data")
    case .label(let sample, let value, let classes):
      var text = about(path, ": sample ")
      text += sample
      text += " has label "
      text += Int(value)
      text += ", the plan's classes are 0 to "
      text += classes &- 1
      return Failure(.malformed, text, next: "correct the label, or compile with more --classes")
    case .tooFewSamples(let have, let needed):
      var text = about(path, " has ")
      text += have
      text += " samples where "
      text += needed
      text += " are needed"
      return Failure(.malformed, text, next: "give more samples, or compile with a smaller --batch")
    case .results(let sample):
      guard isBuilt(.eval) || isBuilt(.predict) else { return damaged(path) }
      var text = about(path, ": what the network gives for sample ")
      text += sample
      text += " is no finite number"
      return Failure(.no, text, next: "take an older checkpoint, or train again with a smaller --lr")
    case .readInPlace:
      // Packed data lies still.
      guard isBuilt(.stream) || isBuilt(.ring) else { return damaged(path) }
      return Failure(
        .malformed, path, " passes by, and the plan reads samples where they lie",
        next: "give packed data, or compile with --samples copied")
    }
  }

  static func feed(_ path: CText, _ error: FeedError) -> Failure {
    switch error {
    case .data(let error): return data(path, error)
    case .file(let error): return reading(path, error)
    case .cut(let sample):
      guard isBuilt(.stream) else { return damaged(path) }
      var text = about(path, " ends within sample ")
      text += sample
      return Failure(.malformed, text, next: "look at what writes the stream")
    case .pages(let error): return pages(error)
    }
  }
}

extension Failure {
  private static func shapes(
    _ path: CText, _ has: StaticCString, _ found: CompactShape, _ takes: StaticCString, _ expected: CompactShape,
    next: StaticCString
  ) -> Failure {
    var text = about(path, has)
    text.add(shape: found.shape)
    text += takes
    text.add(shape: expected.shape)
    return Failure(.malformed, text, next: next)
  }
}

extension FixedText {
  /// `3 x 96 x 96`; a shape without axes is one number.
  mutating func add(shape: ArrayShape) {
    if shape.axes == 0 { self += 1 }
    for axis in 0..<shape.axes {
      if axis > 0 { self += " x " }
      self += shape[axis]
    }
  }
}
