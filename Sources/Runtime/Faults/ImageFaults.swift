extension ToldFault {
  /// A plan that cannot be used.
  public static func image(_ subject: Subject, _ error: ImageError) -> Self {
    switch error {
    case .notAnImage:
      Self(.malformed, subject, " is no plan", next: "give a file that `espalier compile` wrote")
    case .version(let found, let supported): version(subject, found, supported)
    case .length(let stated, let actual): length(subject, stated, actual)
    case .digest: damaged(subject)
    case .otherImage:
      Self(
        .malformed, subject, " is not the plan that this runner was built for, and it takes no other",
        next: "use the runner of the plan's own bundle")
    default: contents(subject, error)
    }
  }

  /// What is wrong behind the header; a runner for one plan never looks there.
  private static func contents(_ subject: Subject, _ error: ImageError) -> Self {
    if onlyImage == nil, case .row(_, _, .notBuilt) = error {
      return Self(
        .malformed, subject, " needs a kernel that is not in this runner: it was built for another plan",
        next: "use the runner of the plan's own bundle")
    }
    return Self(.malformed, subject, " contradicts itself", next: "compile the model again")
  }

  /// A checkpoint that cannot be used.
  public static func checkpoint(_ subject: Subject, _ error: CheckpointError) -> Self {
    switch error {
    case .notACheckpoint:
      Self(.malformed, subject, " is no checkpoint", next: "give a file that training wrote")
    case .version(let found, let supported): version(subject, found, supported)
    case .length(let stated, let actual): length(subject, stated, actual)
    case .digest: damaged(subject)
    case .otherPlan:
      Self(.malformed, subject, " belongs to another plan", next: "give the plan that it was trained with")
    case .sizes:
      Self(.malformed, subject, " contradicts its plan in size or counters", next: "train again")
    case .numbers:
      Self(
        .malformed, subject, " holds weights or state that are no finite numbers",
        next: "take an older checkpoint, or train again")
    }
  }

  /// A checkpoint that cannot be read, or cannot be used.
  public static func slots(_ subject: Subject, _ fault: CheckpointSlots.Fault) -> Self {
    switch fault {
    case .file(let error): reading(subject, error)
    case .checkpoint(let error): checkpoint(subject, error)
    }
  }
}
