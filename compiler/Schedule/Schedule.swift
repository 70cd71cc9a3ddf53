import IR
import Memory

/// Every tensor in the arena begins at a multiple of this many bytes; one value, so that packing loses nothing.
public let arenaAlignment = 16

/// Arena memory that one value, or several one after the other, lives in.
public struct Buffer: Hashable, Sendable {
  public var bytes: Int
  /// First and last step that use it, both included.
  public var first: Int
  public var last: Int
  /// The values it holds, in the order in which they are written; views follow the value they show.
  public var members: [ValueID]
  /// Holds a variable: keeps its bytes between the steps and in the checkpoint.
  public var isPersistent: Bool
}

/// Working memory of the kernel that runs at `step`.
public struct Scratch: Hashable, Sendable {
  public var step: Int
  /// Bytes that the kernel needs, for which the arena is planned.
  public var bytes: Int
  /// Bytes that it is given, see `ArenaPlan.widenScratch`.
  public var room: Int

  public init(step: Int, bytes: Int) {
    self.step = step
    self.bytes = bytes
    room = bytes
  }
}

/// The order of the operations and the lifetime of each buffer; offsets come from the placement.
public struct Schedule: Sendable {
  public let graph: Graph
  /// Operations in the order they run, one a step. Views take no step.
  public var order: [ValueID]
  public var buffers: [Buffer]
  /// Index into `buffers` of every value in the arena; constants and views of them have none.
  public var bufferOf: [ValueID: Int]
  public var scratch: [Scratch]
  /// Values that the outside reads after the last step.
  public let results: [ValueID]
  /// Values with an index below this were there before differentiation.
  public let forwardCount: Int

  public var steps: Int { max(order.count, 1) }

  /// What the placement sees: the transient buffers in order, then the scratch; and which is which.
  ///
  /// - Parameter size: bytes of scratch that count.
  public func transientItems(_ size: KeyPath<Scratch, Int> = \.bytes) -> (items: [Item], buffers: [Int]) {
    let transient = buffers.indices.filter { !buffers[$0].isPersistent }
    let items =
      transient.map {
        Item(bytes: buffers[$0].bytes, first: buffers[$0].first, last: buffers[$0].last, alignment: arenaAlignment)
      } + scratch.map { Item(bytes: $0[keyPath: size], first: $0.step, last: $0.step, alignment: arenaAlignment) }
    return (items, transient)
  }

  /// Transient bytes in use at every step, each buffer rounded up to the alignment.
  public func liveBytes() -> [Int] {
    var change = [Int](repeating: 0, count: steps + 1)
    for item in transientItems().items {
      let bytes = aligned(item.bytes, to: arenaAlignment)
      change[item.first] += bytes
      change[item.last + 1] -= bytes
    }
    var live = 0
    return (0..<steps).map { step in
      live += change[step]
      return live
    }
  }

  /// Transient bytes of the step that has the most.
  public var peakBytes: Int { liveBytes().max() ?? 0 }

  /// Bytes of all variables, each rounded up to the alignment.
  public var persistentBytes: Int {
    buffers.lazy.filter(\.isPersistent).reduce(0) { $0 + aligned($1.bytes, to: arenaAlignment) }
  }
}

/// What keeps a graph from being scheduled; the value is the node that does it.
public enum ScheduleError: Error, Hashable, Sendable {
  case overwritesConstant(ValueID)
  /// Another node overwrites the same value.
  case overwritesTwice(ValueID)
  /// The outside reads the old value after the last step.
  case overwritesResult(ValueID)
  /// It reads what it overwrites a second time, as another operand.
  case overwritesOperand(ValueID)
  /// It overwrites a value that is read by something that needs its result.
  case cycle(ValueID)
}
