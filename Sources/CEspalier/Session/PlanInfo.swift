import CEspalier
import Runtime

@c @implementation
public func espalier_info(
  _ session: OpaquePointer!, _ plan: UnsafeMutablePointer<espalier_plan>!
) -> espalier_status {
  unsafe withPlan(session) { open throws(Failure) in
    guard let plan = unsafe plan else { throw .null("plan") }
    unsafe plan.pointee = open.info
  }
}

@c @implementation
public func espalier_metadata(
  _ session: OpaquePointer!, _ json: UnsafeMutablePointer<UnsafePointer<CChar>?>!, _ bytes: UnsafeMutablePointer<Int>!
) -> espalier_status {
  unsafe withPlan(session) { open throws(Failure) in
    guard let json = unsafe json else { throw .null("json") }
    guard let bytes = unsafe bytes else { throw .null("bytes") }
    let metadata = open.image.metadata
    unsafe json.pointee = metadata.pointer.assumingMemoryBound(to: CChar.self)
    unsafe bytes.pointee = metadata.count
  }
}

extension OpenPlan {
  fileprivate var info: espalier_plan {
    let header = image.header
    var info = espalier_plan()
    info.arena_bytes = header.arenaBytes
    info.persistent_bytes = header.persistentBytes
    info.image_bytes = header.length
    info.sample_bytes = form.bytes
    info.label_bytes = hasLabels ? form.labelBytes : 0
    info.batch = header.batch
    info.accumulation = header.window
    info.rank = form.header.input.shape.rank
    info.label_rank = hasLabels ? form.header.target.shape.rank : 0
    form.header.input.shape.write(to: &info.shape)
    form.header.target.shape.write(to: &info.label_shape)
    info.type = form.type.rawValue
    info.layout = form.layout.rawValue
    info.classes = header.classes
    info.label_elements = hasLabels ? UInt32(form.labelElements) : 0
    info.outputs = UInt32(outputs)
    info.planned_steps = header.plannedUpdates
    let digest = image.digest
    unsafe withUnsafeMutableBytes(of: &info.digest) { raw in unsafe raw.storeBytes(of: digest, as: Digest.self) }
    unsafe withUnsafeMutableBytes(of: &info.mode) { raw in
      // The last byte stays 0.
      guard let mode = JSONText(image.metadata).string("report", "mode"), mode.count < raw.count else { return }
      for index in 0..<mode.count { unsafe raw[index] = mode[index] }
    }
    return info
  }
}

extension ArrayShape {
  /// Writes the sizes of the axes, then zeros, to an array of C.
  fileprivate func write<Sizes: BitwiseCopyable>(to sizes: inout Sizes) {
    unsafe withUnsafeMutableBytes(of: &sizes) { raw in
      for axis in 0..<ArrayShape.limit where 4 &* axis &+ 4 <= raw.count {
        unsafe raw.storeBytes(of: axis < axes ? self[axis] : 0, toByteOffset: 4 &* axis, as: UInt32.self)
      }
    }
  }
}
