import Driver
import Foundation
import IR
import Report
import Runtime
import Samples

/// A compiled training step that has been validated: what to run, in how much memory, from which weights on.
public struct Plan: Sendable {
  /// File of the plan; for messages where it was made in memory.
  public let path: String
  public let metadata: PlanMetadata
  /// Sizes, bounds, steps and trained tensors.
  public let report: PlanReport
  // The storage keeps the bytes that the image is a view of.
  private let storage: any ConstantStorage
  nonisolated(unsafe) let image: Image
  nonisolated(unsafe) let fileBytes: Bytes

  /// Maps a plan.
  ///
  /// - Throws: `EspalierError.cannotRead`, `image`, `metadata`.
  public init(path: String) throws(EspalierError) {
    let file = try FileBytes.mapped(path) { .image(path: path, .length(stated: UInt64(ImageHeader.size), actual: 0)) }
    try self.init(file, file.bytes, path: path)
  }

  /// - Throws: as `init(path:)`.
  public init(contentsOf url: URL) throws(EspalierError) { try self.init(path: url.path) }

  /// Takes the bytes of a plan.
  ///
  /// - Throws: `EspalierError.image`, `metadata`.
  public init(bytes: [UInt8], path: String = "plan") throws(EspalierError) {
    let memory = AlignedBytes(count: bytes.count)
    bytes.withUnsafeBytes { memory.store($0, at: 0) }
    try self.init(memory, memory.bytes, path: path)
  }

  private init(_ storage: any ConstantStorage, _ bytes: Bytes, path: String) throws(EspalierError) {
    self.storage = storage
    self.path = path
    fileBytes = bytes
    do { image = try Image(Image.withoutTrailer(bytes)) } catch { throw .image(path: path, error) }
    do {
      metadata = try PlanMetadata(image)
      report = metadata.report(of: image)
    } catch {
      throw .metadata(path: path, reason: "\(error)")
    }
  }

  /// Number of classes, or 0 where the loss compares numbers.
  public var classes: Int { image.classes }
  /// Names of the plans of this image; one without a name where there are no others.
  public var names: [String] {
    (0..<image.planCount).map { image.planName($0).text }
  }

  /// Samples of one micro-step.
  public var batch: Int { image.batch }
  /// Micro-steps of one update.
  public var accumulation: Int { Int(image.header.window) }
  /// Updates that the learning-rate schedule was made for.
  public var plannedSteps: Int { Int(image.header.plannedUpdates) }

  /// The bytes of the plan's file.
  public func bytes() -> [UInt8] { storage.withBytes { [UInt8]($0) } }

  /// The same without what stands behind the plan's digest.
  func imageBytes() -> [UInt8] { storage.withBytes { [UInt8]($0.prefix(image.bytes.count)) } }
}

extension FileBytes {
  /// Maps a file; `empty` makes the error for one without bytes.
  static func mapped(_ path: String, empty: () -> EspalierError) throws(EspalierError) -> FileBytes {
    do { return try FileBytes(path: path) } catch {
      switch error {
      case .notFound: throw .cannotRead(path: path, cause: ENOENT)
      case .cannotRead(_, let cause): throw .cannotRead(path: path, cause: cause)
      default: throw empty()
      }
    }
  }
}
