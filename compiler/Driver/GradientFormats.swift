import Foundation
import IR
import Select

/// Number formats of the gradients of single layers, as a file says them or calibration has chosen them:
/// `{"formats": 1, "layers": [{"match": "block3.*", "gradients": "i16"}]}`.
public struct GradientFormats: Codable, Hashable, Sendable {
  public enum Format: String, Codable, Sendable, CaseIterable {
    case f32, i16, i8

    var dtype: DType {
      switch self {
      case .f32: .f32
      case .i16: .q16
      case .i8: .q8
      }
    }
  }

  /// One rule; the last entry that matches a layer's weight name decides.
  public struct Entry: Codable, Hashable, Sendable {
    /// Glob over weight names, as in policy files.
    public var match: String
    public var gradients: Format

    public init(match: String, gradients: Format) {
      self.match = match
      self.gradients = gradients
    }

    /// A layer's own name means it, whatever brackets are in it.
    func matches(_ layer: String) -> Bool { match == layer || globMatches(match, layer) }

    /// A rule for one layer.
    public init(layer: String, gradients: Format) { self.init(match: escapeGlob(layer), gradients: gradients) }
  }

  public var formats = 1
  public var layers: [Entry]

  public init(layers: [Entry]) { self.layers = layers }

  /// Reads the JSON form.
  ///
  /// - Throws: `FormatsError`.
  public init(json: [UInt8]) throws(FormatsError) {
    do { self = try JSONDecoder().decode(GradientFormats.self, from: Data(json)) } catch {
      let form = "{\"formats\": 1, \"layers\": [{\"match\": ..., \"gradients\": ...}]}"
      throw FormatsError(reason: "\(describe(error, of: json)); it is not \(form)")
    }
    if let key = repeatedKey(in: json) { throw FormatsError(reason: repetition(of: key)) }
    guard formats == 1 else { throw FormatsError(reason: "\"formats\": \(formats) is not a version this tool reads") }
  }

  /// Reads the JSON form of a file, which errors name.
  ///
  /// - Throws: `FormatsError`.
  public init(json: [UInt8], path: String) throws(FormatsError) {
    do throws(FormatsError) { try self.init(json: json) } catch {
      throw FormatsError(reason: "\(path): \(error.reason)")
    }
  }

  /// The JSON form, keys in order.
  public func json() -> [UInt8] { jsonText(self) }

  /// The format of a layer's gradient; nil where no entry matches.
  func format(of layer: String) -> Format? {
    layers.last { $0.matches(layer) }?.gradients
  }

  /// - Throws: `FormatsError` for an entry that matches none of the layers.
  func expectMatches(_ layers: [String]) throws(FormatsError) {
    for entry in self.layers where !layers.contains(where: entry.matches) {
      throw FormatsError(reason: "\"\(entry.match)\" matches no layer")
    }
  }
}

/// Why a file of gradient formats cannot be applied.
public struct FormatsError: Error, Hashable, Sendable {
  public let reason: String
}

extension Network {
  /// Format of the gradient of a layer by the name of its weight.
  func gradientFormat(_ layer: String, _ mode: NumberMode) -> DType {
    (gradientFormats?.format(of: layer) ?? mode.gradients).dtype
  }
}
