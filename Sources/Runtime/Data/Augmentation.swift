/// Changes to training pictures.
public struct Augmentation: Equatable, Sendable {
  /// Mirrors half of the samples left to right.
  public var flips: Bool
  /// Shifts by up to a twelfth of each side; what moves in is the mean (0 after normalization).
  public var shifts: Bool

  public init(flips: Bool = false, shifts: Bool = false) {
    self.flips = flips
    self.shifts = shifts
  }
}

/// How one sample is placed: a function of seed, epoch and sample only.
struct Placement: Equatable {
  var isFlipped = false
  var dx = 0
  var dy = 0

  init() {}

  init(_ augmentation: Augmentation, seed: UInt64, epoch: UInt32, sample: Int, height: Int, width: Int) {
    let random = randomNumber(seed: randomNumber(seed: seed ^ 0x6175_676d, zeroExtended(epoch)), zeroExtended(sample))
    isFlipped = augmentation.flips && random & 1 != 0
    guard augmentation.shifts else { return }
    dx = Placement.offset(random &>> 8 & 0xff_ffff, limit: width / 12)
    dy = Placement.offset(random &>> 40, limit: height / 12)
  }

  /// Maps 24 random bits to -limit...limit.
  private static func offset(_ random: UInt64, limit: Int) -> Int {
    Int(truncatingIfNeeded: (random &* zeroExtended(2 &* limit &+ 1)) &>> 24) &- limit
  }
}
