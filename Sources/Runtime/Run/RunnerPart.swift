/// What a runner may be built with or without: its verbs, and where training gets its samples from.
public enum RunnerPart: Sendable {
  case train, eval, predict, info, selftest, profile
  case packed, stream, ring
}
