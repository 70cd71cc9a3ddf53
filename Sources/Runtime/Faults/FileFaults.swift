import CPlatform

extension ToldFault {
  /// A file that cannot be read.
  public static func reading(_ subject: Subject, _ error: FileError) -> Self {
    if error.cause == cp_errno_not_found {
      return Self(.notFound, subject, " is not there", next: "check the path")
    }
    if error.cause == cp_errno_no_file {
      return Self(.malformed, subject, " is a pipe or a device, not a file", next: "name a file")
    }
    var text = Text(subject, " cannot be read: ")
    text += StaticCString(system: error.cause)
    return Self(.cannotRead, text, next: "check the file and its permissions")
  }

  /// A file that cannot be written.
  public static func writing(_ subject: Subject, _ error: FileError) -> Self {
    if error.cause == cp_errno_busy {
      return Self(
        .cannotCreate, subject, " is being written by another training",
        next: "wait until it ends, or name another file")
    }
    if onlyImage == nil, let fault = stranger(subject, error.cause) { return fault }
    var text = Text(subject, " cannot be written: ")
    text += StaticCString(system: error.cause)
    text += "; what was there is as it was"
    guard cp_is_refused(error.cause) != 0 else {
      return Self(.cannotWrite, text, next: "make room or name another file")
    }
    // Of a sealed runner, every byte counts.
    return Self(
      .cannotCreate, text,
      next: onlyImage == nil
        ? "name a file in a folder that exists and that you may write to" : "make room or name another file")
  }

  /// What stands where the file goes, or one that comes and goes beside it, and is none of ours.
  private static func stranger(_ subject: Subject, _ cause: Int32) -> Self? {
    if cause == cp_errno_exists {
      return Self(
        .cannotCreate, subject,
        """
        \u{20}cannot be written: under its name, or behind that .previous, .espalier-tmp or .espalier-lock, there is \
        something that this program did not make
        """,
        next: "move that away, or name another file to write")
    }
    if cause == cp_errno_link {
      return Self(
        .cannotCreate, subject,
        " cannot be written: it is a symbolic link, or .previous, .espalier-tmp or .espalier-lock behind its name is",
        next: "name the file that the link leads to, or move the link away")
    }
    return nil
  }

  /// Values that cannot be paged out.
  public static func pages(_ error: FileError) -> Self {
    // A plan that pages nothing out needs no text about it.
    guard isBuilt(.pageOut) else { return Self(.cannotWrite, Text(""), next: "") }
    var text = Text("values of the forward pass cannot be paged out beside the checkpoint: ")
    text += StaticCString(system: error.cause)
    return Self(.cannotWrite, text, next: "make room there, or compile with a larger --cap or with --page none")
  }
}

extension StaticCString {
  /// What the system says about a cause.
  init(system cause: Int32) { unsafe utf8 = cp_error_text(cause) }
}
