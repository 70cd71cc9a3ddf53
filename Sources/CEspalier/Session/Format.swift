import CEspalier
import Runtime

@c @implementation
public func espalier_set_format(
  _ session: OpaquePointer!, _ format: UnsafePointer<espalier_format>!
) -> espalier_status {
  unsafe withPlan(session) { open throws(Failure) in
    guard let format = unsafe format else {
      open.form = try OpenPlan.form(open.image)
      return
    }
    open.form = try unsafe format.pointee.form(for: open.image)
  }
}

extension espalier_format {
  fileprivate func form(for image: Image) throws(Failure) -> SampleForm {
    guard let type = SampleType(rawValue: type), type != .i32, let layout = SampleLayout(rawValue: layout) else {
      throw Failure(
        ESPALIER_USAGE, "type or layout of the format is none", next: "take values of espalier_type and espalier_layout"
      )
    }
    do throws(DataError) {
      return try SampleForm(of: image, type, layout) { array in
        array.scale = scale
        // Entries that no channel has stay 0 and 1.
        let channels = Int(array.channels)
        unsafe withUnsafeBytes(of: mean) { raw in
          for channel in 0..<channels {
            array.mean[channel] = unsafe raw.load(fromByteOffset: 4 &* channel, as: Float.self)
          }
        }
        unsafe withUnsafeBytes(of: deviation) { raw in
          for channel in 0..<channels {
            array.deviation[channel] = unsafe raw.load(fromByteOffset: 4 &* channel, as: Float.self)
          }
        }
      }
    } catch {
      throw Failure(
        ESPALIER_USAGE, "scale, mean or deviation of the format is no finite number, or a deviation is not above 0",
        next: "give 1, 0 and 1 for bytes as they are")
    }
  }
}
