import Foundation
import Runtime

extension Samples {
  /// Names of the classes, class 0 first; empty where the data has none, or not one for each.
  public var classNames: [String] {
    let json = pack.classNames
    let bytes = (0..<json.count).map { json[$0] }
    guard let names = try? JSONDecoder().decode([String].self, from: Foundation.Data(bytes)) else { return [] }
    return names.count == Int(pack.header.classes) ? names : []
  }
}
