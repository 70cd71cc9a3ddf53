import IR
import Memory

/// Where every byte of the arena lies, for all programs of an image.
///
/// ```
/// 0            persistentBytes                      + transientBytes      arenaBytes
/// | variables  | transient, placed for each program | interpreter state  |
/// ```
public struct ArenaPlan: Sendable {
  /// A variable's bytes, the same for every program.
  public struct Slot: Hashable, Sendable {
    public let name: String
    public let offset: Int
    public let bytes: Int
  }

  /// Offsets from the start of the arena for one program.
  public struct Program: Hashable, Sendable {
    /// One per buffer of the schedule.
    public var offsets: [Int]
    /// One per scratch of the schedule.
    public var scratchOffsets: [Int]
    /// Bytes its transient section needs.
    public var transientBytes: Int
  }

  public var persistentBytes: Int
  /// The most that one of the programs needs.
  public var transientBytes: Int
  public var controlBytes: Int
  public var variables: [Slot]
  public var programs: [Program]

  public var controlOffset: Int { persistentBytes + transientBytes }
  public var arenaBytes: Int { controlOffset + controlBytes }

  /// Offset of a value in the arena; nil for constants and views of constants.
  public func offset(of id: ValueID, program: Int, _ schedule: Schedule) -> Int? {
    schedule.bufferOf[id].map { programs[program].offsets[$0] }
  }
}

/// What keeps schedules from sharing one arena, or makes a plan wrong.
public enum ArenaError: Error, Hashable, Sendable {
  /// Two programs give the variable of this name different sizes.
  case variableDiffers(name: String)
  /// A variable lies elsewhere than its slot, or outside the persistent section.
  case variableMisplaced(name: String)
  case placement(program: Int, PlacementError)
}

/// Places the buffers of all programs: variables first, by name, then each program's transient buffers over the others'.
///
/// - Parameter control: bytes of interpreter state.
public func place(_ schedules: [Schedule], control: Int = 0) throws(ArenaError) -> ArenaPlan {
  var plan = ArenaPlan(
    persistentBytes: 0, transientBytes: 0, controlBytes: aligned(control, to: arenaAlignment), variables: [],
    programs: [])
  var slots: [String: ArenaPlan.Slot] = [:]
  for schedule in schedules {
    for buffer in schedule.buffers where buffer.isPersistent {
      let name = schedule.graph[buffer.members[0]].name
      if let slot = slots[name] {
        guard slot.bytes == buffer.bytes else { throw .variableDiffers(name: name) }
        continue
      }
      let slot = ArenaPlan.Slot(name: name, offset: plan.persistentBytes, bytes: buffer.bytes)
      slots[name] = slot
      plan.variables.append(slot)
      plan.persistentBytes += aligned(buffer.bytes, to: arenaAlignment)
    }
  }
  for schedule in schedules {
    let (items, transient) = schedule.transientItems()
    // Greedy orders nearly always reach the bound here; where they do not, a second is well spent.
    let placement = placeExactly(items, effort: 130_000_000).placement
    var program = ArenaPlan.Program(
      offsets: schedule.buffers.map { slots[schedule.graph[$0.members[0]].name]?.offset ?? 0 }, scratchOffsets: [],
      transientBytes: placement.bytes)
    let offsets = placement.offsets.map { $0 + plan.persistentBytes }
    for (index, buffer) in transient.enumerated() { program.offsets[buffer] = offsets[index] }
    program.scratchOffsets = Array(offsets[transient.count...])
    plan.transientBytes = max(plan.transientBytes, placement.bytes)
    plan.programs.append(program)
  }
  return plan
}

extension ArenaPlan {
  /// Checks the plan against its schedules: no two things in use at one step share bytes.
  public func check(_ schedules: [Schedule]) throws(ArenaError) {
    let slots = Set(variables)
    for (index, (program, schedule)) in zip(programs, schedules).enumerated() {
      for (offset, buffer) in zip(program.offsets, schedule.buffers) where buffer.isPersistent {
        let name = schedule.graph[buffer.members[0]].name
        guard slots.contains(Slot(name: name, offset: offset, bytes: buffer.bytes)) else {
          throw .variableMisplaced(name: name)
        }
      }
      let end = schedule.steps - 1
      var items = variables.map { Item(bytes: $0.bytes, first: 0, last: end, alignment: arenaAlignment) }
      var offsets = variables.map(\.offset)
      let (transient, buffers) = schedule.transientItems(\.room)
      items += transient
      offsets += buffers.map { program.offsets[$0] } + program.scratchOffsets
      items.append(Item(bytes: controlBytes, first: 0, last: end, alignment: arenaAlignment))
      offsets.append(controlOffset)
      do { try PlacementChecker.check(items, Placement(offsets: offsets, bytes: arenaBytes)) } catch {
        throw .placement(program: index, error)
      }
    }
  }
}
