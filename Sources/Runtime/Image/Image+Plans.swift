/// An image may hold several plans: steps that train different tensors over the same variables in one arena.
extension Image {
  /// Plans that an image may have.
  public static var mostPlans: Int { 64 }

  public var planCount: Int { header.plans.entries }

  /// A plan's entry; the table must have been checked.
  static func plan(_ index: Int, _ header: ImageHeader, in bytes: Bytes) -> PlanRow {
    bytes.load(header.plans.start &+ index &* MemoryLayout<PlanRow>.stride)
  }

  /// The training program of a plan.
  public func train(_ plan: Int) -> Program { Program(Image.plan(plan, header, in: bytes).program, in: bytes) }

  /// UTF-8 of a plan's name; empty where there is one plan.
  public func planName(_ plan: Int) -> Bytes {
    let row = Image.plan(plan, header, in: bytes)
    return text(row.nameOffset, row.nameBytes)
  }

  /// The plan of a name that ends with a zero byte.
  public func plan(named name: UnsafePointer<CChar>) -> Int? {
    for plan in 0..<planCount {
      let own = planName(plan)
      var index = 0
      while index < own.count, unsafe UInt8(bitPattern: name[index]) == own.load(index, as: UInt8.self),
        unsafe name[index] != 0
      {
        index &+= 1
      }
      if index == own.count, unsafe name[index] == 0 { return plan }
    }
    return nil
  }

  /// The plan that update `step` follows, counted from 0, in the cyclic rotation of plans.
  public func plan(ofUpdate step: UInt32) -> Int {
    let length = header.rotation.entries
    guard length > 0 else { return 0 }
    let position = Int(truncatingIfNeeded: zeroExtended(step) % zeroExtended(length))
    return Int(bytes.load(header.rotation.start &+ 4 &* position, as: UInt32.self))
  }

  func checkPlans() throws(ImageError) {
    for index in 0..<planCount {
      let row = Image.plan(index, header, in: bytes)
      guard zeroExtended(row.nameOffset) + zeroExtended(row.nameBytes) <= header.names.count else {
        throw .table(.plans)
      }
      try Image.checkTables(row.program, end: bytes.count &- Digest.size)
      let program = train(index)
      try check(program, .train)
      guard haveSameLabels(program, train) else { throw .binding(.train, .labels) }
    }
    for position in 0..<header.rotation.entries {
      let plan: UInt32 = bytes.load(header.rotation.start &+ 4 &* position)
      guard zeroExtended(plan) < header.plans.count else { throw .table(.rotation) }
    }
  }

  /// Whoever gives labels asks one plan what they are like.
  private func haveSameLabels(_ a: Program, _ b: Program) -> Bool {
    let (mine, others) = (a.header.labels, b.header.labels)
    guard mine != ProgramHeader.none, others != ProgramHeader.none else { return mine == others }
    let (first, second) = (a.tensor(Int(mine)), b.tensor(Int(others)))
    return first.type == second.type && first.count == second.count
  }
}
