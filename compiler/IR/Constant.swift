/// Bytes that outlive every graph that refers to them: a mapped file, or memory of our own.
public protocol ConstantStorage: AnyObject, Sendable {
  var count: Int { get }
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R
}

/// Memory of our own.
public final class OwnedBytes: ConstantStorage {
  private let bytes: [UInt8]
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public var count: Int { bytes.count }
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try bytes.withUnsafeBytes(body)
  }
}

/// A tensor of known values, by reference; little-endian, dense, in the order of `stored` and read through `permutation`.
public struct Constant: Sendable {
  /// Type as the graph sees it, after the permutation.
  public let type: TensorType
  public let storage: any ConstantStorage
  /// First byte in `storage`.
  public let offset: Int
  /// Shape as stored, and for each axis of `type` the stored axis it comes from; nil when they are the same.
  public let layout: StoredLayout?

  public struct StoredLayout: Hashable, Sendable {
    public let shape: [Int]
    public let permutation: [Int]
    public init(shape: [Int], permutation: [Int]) {
      self.shape = shape
      self.permutation = permutation
    }
  }

  public init(_ type: TensorType, storage: any ConstantStorage, offset: Int = 0, layout: StoredLayout? = nil) {
    self.type = type
    self.storage = storage
    self.offset = offset
    self.layout = layout
  }

  public init(_ type: TensorType, bytes: [UInt8]) { self.init(type, storage: OwnedBytes(bytes)) }

  public init(_ type: TensorType, floats: [Float]) {
    precondition(type.dtype == .f32 && floats.count == type.count)
    self.init(type, bytes: floats.withUnsafeBytes { [UInt8]($0) })
  }

  /// Whether the stored axes, permuted, are the axes of `type`.
  var isPermutation: Bool {
    guard let layout else { return true }
    return layout.permutation.sorted() == Array(layout.shape.indices)
      && layout.permutation.map { layout.shape[$0] } == type.shape
  }

  /// The values in the order of `type`, as bytes.
  public func bytes() -> [UInt8] {
    let size = type.bytes
    let stored = storage.withBytes { [UInt8]($0[offset..<(offset + size)]) }
    guard let layout else { return stored }
    return permute(stored, shape: layout.shape, permutation: layout.permutation, width: type.dtype.bytes(1))
  }

  /// The values in the order of `type`; the dtype must be `f32`.
  public func floats() -> [Float] {
    precondition(type.dtype == .f32)
    return bytes().withUnsafeBytes { raw in
      (0..<type.count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }
}

/// Reorders a dense tensor: axis `i` of the result is axis `permutation[i]` of `shape`; elements are `width` bytes.
public func permute(_ bytes: [UInt8], shape: [Int], permutation: [Int], width: Int) -> [UInt8] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  let outShape = permutation.map { shape[$0] }
  let outStrides = permutation.map { strides[$0] }
  let count = shape.reduce(1, *)
  var index = [Int](repeating: 0, count: outShape.count)
  var source = 0
  var result = [UInt8](repeating: 0, count: bytes.count)
  for element in 0..<count {
    for byte in 0..<width { result[element * width + byte] = bytes[source * width + byte] }
    var axis = outShape.count - 1
    while axis >= 0 {
      index[axis] += 1
      source += outStrides[axis]
      if index[axis] < outShape[axis] { break }
      source -= outStrides[axis] * outShape[axis]
      index[axis] = 0
      axis -= 1
    }
  }
  return result
}
