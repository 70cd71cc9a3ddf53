import CEspalier
import CPlatform
import Runtime

/// What a failure is about: a file, or something in memory.
@safe
struct ErrorContext {
  private let name: StaticString
  private let path: UnsafePointer<CChar>?

  init(_ name: StaticString) {
    self.name = name
    unsafe path = nil
  }

  init(path: UnsafePointer<CChar>) {
    name = ""
    unsafe self.path = path
  }

  /// Its name, and then a text.
  private func text(_ rest: StaticString) -> ErrorText {
    var text = ErrorText(name)
    if let path = unsafe path { unsafe text.add(path: path) }
    text += rest
    return text
  }

  /// Maps the file.
  func map() throws(Failure) -> MappedFile {
    guard let path = unsafe path else { throw .null(name) }
    do throws(FileError) { return try unsafe MappedFile(path: path) } catch { throw reading(error) }
  }

  func reading(_ error: FileError) -> Failure {
    if error.cause == cp_errno_not_found {
      return Failure(ESPALIER_NOT_FOUND, text(" is not there"), next: "check the path")
    }
    var text = text(" cannot be read: ")
    unsafe text.add(path: cp_error_text(error.cause))
    return Failure(ESPALIER_CANNOT_READ, text, next: "check the file and its permissions")
  }

  func writing(_ error: FileError) -> Failure {
    var text = text(" cannot be written: ")
    unsafe text.add(path: cp_error_text(error.cause))
    text += "; what was there is as it was"
    return Failure(ESPALIER_CANNOT_WRITE, text, next: "make room or name another file")
  }

  private func malformed(_ rest: StaticString, next: StaticString) -> Failure {
    Failure(ESPALIER_MALFORMED, text(rest), next: next)
  }

  private func version(_ found: UInt32, _ supported: UInt32) -> Failure {
    var text = text(" is of format version ")
    text += found
    text += ", this library reads version "
    text += supported
    return Failure(ESPALIER_MALFORMED, text, next: "make file and library with one version of espalier")
  }

  private func length(_ stated: UInt64, _ actual: UInt64, next: StaticString = "copy it again") -> Failure {
    var text = text(" should have ")
    text += stated
    text += " bytes and has "
    text += actual
    return Failure(ESPALIER_MALFORMED, text, next: next)
  }

  private var damaged: Failure {
    malformed(" is damaged: its SHA-256 digest does not match", next: "copy it again")
  }

  func failure(_ error: ImageError) -> Failure {
    switch error {
    case .notAnImage: malformed(" is no plan", next: "give what `espalier compile` wrote")
    case .version(let found, let supported): version(found, supported)
    case .length(let stated, let actual): length(stated, actual)
    case .digest: damaged
    case .misaligned:
      Failure(
        ESPALIER_USAGE, text(" does not start on a multiple of 64 bytes"),
        next: "align it to ESPALIER_IMAGE_ALIGNMENT, or open it by path")
    default: malformed(" contradicts itself", next: "compile the model again")
    }
  }

  func failure(_ fault: CheckpointSlots.Fault) -> Failure {
    switch fault {
    case .file(let error): reading(error)
    case .checkpoint(.notACheckpoint): malformed(" is no checkpoint", next: "give a file that training wrote")
    case .checkpoint(.version(let found, let supported)): version(found, supported)
    case .checkpoint(.length(let stated, let actual)): length(stated, actual)
    case .checkpoint(.digest): damaged
    case .checkpoint(.otherPlan):
      malformed(" belongs to another plan", next: "give the plan that it was trained with")
    case .checkpoint(.sizes): malformed(" contradicts its plan in size or counters", next: "train again")
    case .checkpoint(.numbers):
      malformed(
        " holds weights or state that are no finite numbers", next: "take an older checkpoint, or train again")
    }
  }
}

extension ErrorContext {
  func failure(_ error: DataError) -> Failure {
    switch error {
    case .notAPack: return malformed(" is no packed data", next: "make it with `espalier data pack`")
    case .version(let found, let supported): return version(found, supported)
    case .length(let stated, let actual): return length(stated, actual)
    case .digest: return damaged
    case .misaligned, .header, .table: return malformed(" contradicts itself", next: "pack the data again")
    case .labelsDiffer:
      return malformed(
        " has numbers as labels, and the plan's loss compares with classes",
        next: "give classes as integers from 0, or compile with --loss mse")
    case .targetsDiffer(let found, let expected):
      var text = text(" has labels of ")
      text.add(shape: found.shape)
      text += ", the plan's loss compares with "
      text.add(shape: expected.shape)
      return Failure(ESPALIER_MALFORMED, text, next: "give numbers of that shape, or compile with another --loss")
    case .sampleDiffers(let found, let expected):
      var text = text(" has samples of ")
      text.add(shape: found.shape)
      text += ", the model's input takes "
      text.add(shape: expected.shape)
      return Failure(ESPALIER_MALFORMED, text, next: "give samples of that shape: espalier data pack")
    case .label(let sample, let value, let classes):
      var text = text(": sample ")
      text += sample
      text += " has label "
      text += Int(value)
      text += ", the plan's classes are 0 to "
      text += classes &- 1
      return Failure(ESPALIER_MALFORMED, text, next: "correct the label, or compile with more --classes")
    case .tooFewSamples(let have, let needed):
      var text = text(" has ")
      text += have
      text += " samples where "
      text += needed
      text += " are needed"
      return Failure(ESPALIER_MALFORMED, text, next: "give more samples, or compile with a smaller --batch")
    case .results(let sample):
      var text = text(": what the network gives for sample ")
      text += sample
      text += " is no finite number"
      return Failure(ESPALIER_DIVERGED, text, next: "load a checkpoint from before, or train with a smaller --lr")
    case .readInPlace:
      return malformed(
        " passes by, and the plan reads samples where they lie",
        next: "give packed data, or compile with --samples copied")
    }
  }
}

extension ErrorContext {
  func failure(_ error: FeedError) -> Failure {
    switch error {
    case .data(let error): failure(error)
    case .file(let error): reading(error)
    case .cut(let sample): failure(.tooFewSamples(have: Int(sample), needed: Int(sample) &+ 1))
    case .pages(let error): ErrorContext("the page file").reading(error)
    }
  }
}

extension ErrorText {
  /// `3 x 96 x 96`; a shape without axes is one number.
  fileprivate mutating func add(shape: ArrayShape) {
    if shape.axes == 0 { self += 1 }
    for axis in 0..<shape.axes {
      if axis > 0 { self += " x " }
      self += shape[axis]
    }
  }
}
