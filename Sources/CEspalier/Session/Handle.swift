import CEspalier
import Runtime

/// A caller's block that holds a session: a head, the text of its last error, and what is open.
///
/// The block is known by a number that follows from its address, so that memory which never was a session, or was moved,
/// is told apart from one.
@safe
struct Handle {
  /// What a block holds beside the text.
  enum Stage: UInt64 {
    case failed = 0
    /// A plan.
    case open = 1
    /// A plan, and its training in an arena.
    case started = 2
  }

  private struct Head: BitwiseCopyable {
    var mark: UInt64
    var stage: UInt64
  }

  /// First bytes of the parts.
  private static var text: Int { MemoryLayout<Head>.size }
  private static var plan: Int { aligned(text + ErrorText.size, to: MemoryLayout<OpenPlan>.alignment) }
  private static var session: Int {
    aligned(plan + MemoryLayout<OpenPlan>.size, to: MemoryLayout<Session>.alignment)
  }

  static var size: Int { session + MemoryLayout<Session>.size }
  /// What the first byte's address must be a multiple of.
  static var alignment: Int { 8 }

  private let base: UnsafeMutableRawPointer

  /// A block that has been opened, successfully or not, and not been closed; nil for other memory.
  init?(_ session: OpaquePointer?) {
    guard let session = unsafe session, Int(bitPattern: session) % Handle.alignment == 0 else { return nil }
    unsafe base = UnsafeMutableRawPointer(session)
    guard head.mark == mark, Stage(rawValue: head.stage) != nil else { return nil }
  }

  /// A block about to be opened: whatever it held, it now holds an empty text. Its size must be right.
  init(opening session: OpaquePointer) {
    unsafe base = UnsafeMutableRawPointer(session)
    head = Head(mark: mark, stage: Stage.failed.rawValue)
    text = ErrorText()
  }

  private var mark: UInt64 { unsafe 0x4553_5043_5345_5353 ^ UInt64(UInt(bitPattern: base)) }

  private var head: Head {
    get { unsafe base.load(as: Head.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, as: Head.self) }
  }

  private(set) var stage: Stage {
    get { Stage(rawValue: head.stage) ?? .failed }
    nonmutating set { head = Head(mark: mark, stage: newValue.rawValue) }
  }

  var text: ErrorText {
    get { unsafe (base + Handle.text).load(as: ErrorText.self) }
    nonmutating set { unsafe (base + Handle.text).storeBytes(of: newValue, as: ErrorText.self) }
  }

  /// The text as C has it.
  var textPointer: UnsafePointer<CChar> {
    unsafe UnsafePointer((base + Handle.text).assumingMemoryBound(to: CChar.self))
  }

  /// There must be a plan.
  var plan: UnsafeMutablePointer<OpenPlan> {
    unsafe (base + Handle.plan).assumingMemoryBound(to: OpenPlan.self)
  }

  /// Training must have been started.
  var session: UnsafeMutablePointer<Session> {
    unsafe (base + Handle.session).assumingMemoryBound(to: Session.self)
  }

  /// The block must not hold a plan.
  func open(_ plan: consuming OpenPlan) {
    unsafe self.plan.initialize(to: plan)
    stage = .open
  }

  /// The block must hold a plan.
  func start(_ session: consuming Session) {
    stop()
    unsafe self.session.initialize(to: session)
    stage = .started
  }

  private func stop() {
    guard stage == .started else { return }
    unsafe session.deinitialize(count: 1)
    stage = .open
  }

  /// What remains is memory like any other.
  func close() {
    stop()
    if stage == .open { unsafe plan.deinitialize(count: 1) }
    head = Head(mark: 0, stage: 0)
  }
}

private func aligned(_ offset: Int, to alignment: Int) -> Int { (offset + alignment - 1) / alignment * alignment }
