import CEspalier
import Runtime

/// Packed data that are open.
struct OpenPack: ~Copyable {
  let file: MappedFile
  let pack: Pack
  /// Of the plan that they were opened for.
  let plan: Digest
  /// What is wrong with labels for training, and with those to judge by.
  let trainFault: DataError?
  let evaluationFault: DataError?

  init(_ path: ErrorContext, for open: borrowing OpenPlan) throws(Failure) {
    let image = open.image
    let file = try path.map()
    let pack: Pack
    do throws(DataError) {
      pack = try Pack(file.bytes)
      // Any order will do: samples of other sides are refused.
      _ = try DataCursor(pack, .all, for: image, DataOrder(padsLastBatch: true))
    } catch { throw .data(path, error) }
    self.init(file, pack, for: image)
  }

  private init(_ file: consuming MappedFile, _ pack: Pack, for image: Image) {
    self.file = file
    self.pack = pack
    trainFault = OpenPack.fault(pack, .train, image)
    evaluationFault = OpenPack.fault(pack, pack.evaluationPart, image)
    plan = image.digest
  }

  private static func fault(_ pack: Pack, _ part: DataPart, _ image: Image) -> DataError? {
    do throws(DataError) {
      try pack.checkLabels(part, for: image)
      return nil
    } catch { return error }
  }
}

/// A caller's block that holds packed data: a head, and what is open.
@safe
struct DataHandle {
  private struct Head: BitwiseCopyable {
    var mark: UInt64
    var reserved: UInt64 = 0
  }

  private static var pack: Int { MemoryLayout<Head>.size }
  static var size: Int { pack + MemoryLayout<OpenPack>.size }

  private let base: UnsafeMutableRawPointer

  /// Data that are open; nil for other memory.
  init?(_ data: OpaquePointer?) {
    guard let data = unsafe data, Int(bitPattern: data) % Handle.alignment == 0 else { return nil }
    unsafe base = UnsafeMutableRawPointer(data)
    guard unsafe base.load(as: Head.self).mark == mark else { return nil }
  }

  /// Puts data into a block of the right size.
  init(_ data: OpaquePointer, _ pack: consuming OpenPack) {
    unsafe base = UnsafeMutableRawPointer(data)
    unsafe base.storeBytes(of: Head(mark: mark), as: Head.self)
    unsafe self.pack.initialize(to: pack)
  }

  private var mark: UInt64 { unsafe 0x4553_5044_4154_4121 ^ UInt64(UInt(bitPattern: base)) }

  var pack: UnsafeMutablePointer<OpenPack> {
    unsafe (base + DataHandle.pack).assumingMemoryBound(to: OpenPack.self)
  }

  func close() {
    unsafe pack.deinitialize(count: 1)
    unsafe base.storeBytes(of: Head(mark: 0), as: Head.self)
  }
}

@c @implementation
public func espalier_data_size() -> Int { DataHandle.size }

@c @implementation
public func espalier_data_open(
  _ session: OpaquePointer!, _ data: OpaquePointer!, _ data_bytes: Int, _ path: UnsafePointer<CChar>!
) -> espalier_status {
  unsafe withPlan(session) { open throws(Failure) in
    guard let data = unsafe data else { throw .null("data") }
    guard let path = unsafe path else { throw .null("path") }
    guard Int(bitPattern: data) % Handle.alignment == 0 else {
      throw Failure(ESPALIER_USAGE, "the block for data is not aligned", next: "let it start on a multiple of 8")
    }
    guard data_bytes >= DataHandle.size else {
      var text = ErrorText("the block for data has ")
      text += data_bytes
      text += " bytes and takes "
      text += DataHandle.size
      throw Failure(ESPALIER_TOO_SMALL, text, next: "give espalier_data_size() bytes")
    }
    guard unsafe DataHandle(data) == nil else {
      throw Failure(ESPALIER_USAGE, "the block holds data that are open", next: "espalier_data_close it first")
    }
    _ = unsafe DataHandle(data, try OpenPack(ErrorContext(path: path), for: open))
  }
}

@c @implementation
public func espalier_data_close(_ data: OpaquePointer!) -> espalier_status {
  guard let handle = unsafe DataHandle(data) else { return ESPALIER_USAGE }
  handle.close()
  return ESPALIER_OK
}

@c @implementation
public func espalier_data_count(
  _ session: OpaquePointer!, _ data: OpaquePointer!, _ samples: UnsafeMutablePointer<UInt64>!,
  _ training: UnsafeMutablePointer<UInt64>!
) -> espalier_status {
  unsafe withPlan(session) { open throws(Failure) in
    let pack = try unsafe open.pack(data)
    guard let samples = unsafe samples else { throw .null("samples") }
    guard let training = unsafe training else { throw .null("training") }
    unsafe samples.pointee = UInt64(pack.pointee.pack.samples)
    unsafe training.pointee = UInt64(pack.pointee.pack.header.trainSamples)
  }
}

extension OpenPlan {
  /// Data that were opened for this plan.
  func pack(_ data: OpaquePointer?) throws(Failure) -> UnsafeMutablePointer<OpenPack> {
    guard let handle = unsafe DataHandle(data) else { throw .dataNotOpen }
    guard unsafe handle.pack.pointee.plan == image.digest else {
      throw Failure(ESPALIER_USAGE, "the data were opened for another plan", next: "open them for this session")
    }
    return unsafe handle.pack
  }
}
