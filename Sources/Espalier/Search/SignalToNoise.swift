import COpenBLAS
import Driver

extension Model {
  /// Scores of weights by themselves: singular values above what noise would have, over those below.
  ///
  /// The border is that of Marchenko and Pastur for a random matrix with the spread of the singular values, and the ratio is
  /// taken relative to the largest one (Hartford et al., Spectrum, 2024). Channels share a layer's score by their energy.
  ///
  /// - Throws: `ImportError`, `ModelError`, `HeadError`.
  public func signalToNoise(_ options: CompileOptions) throws -> [String: LayerScore] {
    let weights = try floatWeights(file, options)
    return Dictionary(weights.map { ($0.name, $0.score) }) { $1 }
  }
}

extension FloatWeight {
  fileprivate var score: LayerScore {
    let channels = shape.last ?? 1
    // A depthwise weight has one output for all its channels; its matrix has a row for each of them.
    let rows = shape[0] == 1 ? channels : shape[0]
    let columns = values.count / max(rows, 1)
    let matrix = shape[0] == 1 ? transposed(channels) : values
    let ratio = signalToNoise(singularValues(matrix, rows, columns), rows, columns)
    var energy = [Double](repeating: 0, count: channels)
    for (index, value) in values.enumerated() { energy[index % channels] += Double(value) * Double(value) }
    let total = max(energy.reduce(0, +), .leastNormalMagnitude)
    return LayerScore(channels: energy.map { ratio * $0 / total }, bias: 0)
  }

  private func transposed(_ columns: Int) -> [Float] {
    let rows = values.count / columns
    return (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
  }
}

/// Spectrum's ratio for singular values, the largest first.
func signalToNoise(_ singular: [Double], _ rows: Int, _ columns: Int) -> Double {
  guard let largest = singular.first, largest > 0 else { return 0 }
  func quantile(_ share: Double) -> Double { singular[Int(Double(singular.count - 1) * (1 - share))] }
  let spread = (quantile(0.75) - quantile(0.25)) / 1.349
  let shape = Double(min(rows, columns)) / Double(max(rows, columns))
  let border = spread * (1 + shape.squareRoot())
  let signal = singular.filter { $0 > border }.reduce(0, +)
  let noise = singular.filter { $0 <= border }.reduce(0, +)
  return signal / max(noise, largest * 1e-6) / largest
}

/// Singular values of a matrix, row after row, the largest first: roots of the eigenvalues of its smaller Gram matrix.
func singularValues(_ matrix: [Float], _ rows: Int, _ columns: Int) -> [Double] {
  let wide = columns > rows
  var order = Int32(min(rows, columns))
  guard order > 0 else { return [] }
  let values = matrix.map(Double.init)
  var gram = [Double](repeating: 0, count: Int(order * order))
  cblas_dsyrk(
    CblasRowMajor, CblasUpper, wide ? CblasNoTrans : CblasTrans, order, Int32(max(rows, columns)), 1, values,
    Int32(columns), 0, &gram, order)
  var eigenvalues = [Double](repeating: 0, count: Int(order))
  var count = 34 * order
  var work = [Double](repeating: 0, count: Int(count))
  var status: Int32 = 0
  // The upper half row by row is the lower half column by column, as LAPACK counts.
  var leading = order
  dsyev_("N", "L", &order, &gram, &leading, &eigenvalues, &work, &count, &status)
  return status == 0 ? eigenvalues.reversed().map { max($0, 0).squareRoot() } : []
}
