import IR

extension TensorType {
  /// A value of which backward keeps less: floats, or an integer activation.
  init(value attributes: Attributes) throws(AttributeError) {
    let shape = try attributes.shape
    let scale = Float(try attributes.float("scale"))
    self =
      scale == 0
      ? TensorType(shape) : .activation(shape, scale: scale, zeroPoint: try attributes.zeroPoint)
  }

  var valueEntries: [(String, AttributeValue)] {
    let q = activation ?? (0, 0)
    return [("shape", .ints(shape)), ("scale", .float(Double(q.scale))), ("zeroPoint", .int(q.zeroPoint))]
  }
}
