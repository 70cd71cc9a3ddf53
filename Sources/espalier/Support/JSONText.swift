import Foundation

/// One JSON object and a line break; keys are sorted, so that equal results print equal bytes.
///
/// Names in `camelCase` become `snake_case`; types with coding keys of their own keep them.
func jsonText(_ object: some Encodable) throws(Failure) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  do {
    return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
  } catch {
    throw Failure(.defect, "a result cannot be written as JSON: \(error)", advice: "report it, with the command")
  }
}
