/// A text that a fault is told in: a fixed buffer of the runner or of the C library, or a string.
public protocol FaultText {
  /// What a fault is about: a path, or something in memory.
  associatedtype Subject
  init(_ words: StaticCString)
  /// The name of a subject.
  init(about subject: Subject)
  static func += (text: inout Self, words: StaticCString)
  static func += (text: inout Self, number: UInt64)
}

extension FaultText {
  @inline(never)
  public init(_ subject: Subject, _ words: StaticCString) {
    self.init(about: subject)
    self += words
  }

  @inline(never)
  public static func += (text: inout Self, number: Int) {
    if number < 0 { text += "-" }
    text += UInt64(truncatingIfNeeded: number.magnitude)
  }

  @inline(never)
  public static func += (text: inout Self, number: UInt32) { text += UInt64(truncatingIfNeeded: number) }

  /// `3 x 96 x 96`; a shape without axes is one number.
  @inline(never)
  public static func += (text: inout Self, shape: ArrayShape) {
    if shape.axes == 0 { text += "1" }
    for axis in 0..<shape.axes {
      if axis > 0 { text += " x " }
      text += shape[axis]
    }
  }
}

/// A fault as users are told of it: what happened, and the next thing to do.
///
/// The texts of everything that the runtime throws stand in extensions of this protocol, once for the runner, the C
/// library and the command.
public protocol ToldFault: Error {
  associatedtype Text: FaultText
  init(_ kind: FaultKind, _ text: Text, next: StaticCString)
}

extension ToldFault {
  public typealias Subject = Text.Subject

  /// - Parameter subject: what the text is about, in front of it.
  @inline(never)
  public init(_ kind: FaultKind, _ subject: Subject, _ words: StaticCString, next: StaticCString) {
    self.init(kind, Text(subject, words), next: next)
  }

  static func damaged(_ subject: Subject) -> Self {
    Self(.malformed, subject, " is damaged: its SHA-256 digest does not match", next: "copy it again")
  }

  static func version(_ subject: Subject, _ found: UInt32, _ supported: UInt32) -> Self {
    var text = Text(subject, " is of format version ")
    text += found
    text += ", this program reads version "
    text += supported
    return Self(.malformed, text, next: "make plan, data and program with one version of espalier")
  }

  static func length(_ subject: Subject, _ stated: UInt64, _ actual: UInt64) -> Self {
    var text = Text(subject, " says it has ")
    text += stated
    text += " bytes and has "
    text += actual
    return Self(.malformed, text, next: "copy it again")
  }
}
