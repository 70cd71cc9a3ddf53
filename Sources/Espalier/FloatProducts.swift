import CKernels
import COpenBLAS

/// Who multiplies the float matrices of a training step.
///
/// Our own product gives the same bits on every machine; on the small matrices of a step with few samples it is also
/// the faster one. OpenBLAS rounds differently, and pays from some 400 rows, columns and steps on.
public enum FloatProducts: String, Sendable {
  case own
  case openBLAS = "openblas"

  /// Chooses for the whole process; no step may be running.
  public func use() {
    switch self {
    case .own: ck_use_sgemm(nil)
    case .openBLAS:
      openblas_set_num_threads(1)
      ck_use_sgemm(openBLASProduct)
    }
  }
}

private let openBLASProduct: ck_sgemm = { transposeA, transposeB, m, n, k, a, lda, b, ldb, start, leading, c, ldc in
  guard let c else { return }
  if let start, start != UnsafePointer(c) {
    for row in 0..<Int(m) { (c + row * Int(ldc)).update(from: start + row * Int(leading), count: Int(n)) }
  }
  cblas_sgemm(
    CblasRowMajor, transposeA != 0 ? CblasTrans : CblasNoTrans, transposeB != 0 ? CblasTrans : CblasNoTrans, m, n, k, 1,
    a, lda, b, ldb, start == nil ? 0 : 1, c, ldc)
}
