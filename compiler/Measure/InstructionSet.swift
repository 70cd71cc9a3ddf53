import CKernels
import CPeak
import Runtime

/// Vectors that kernels are written for.
public enum InstructionSet: String, Codable, CaseIterable, Sendable {
  /// No vectors but those that the compiler finds in the reference, written in Swift.
  case plain
  /// 128 bits, which every processor of 64 bits has.
  case generic
  case avx2
  /// 256 bits with products of bytes.
  case avxVNNI = "avx-vnni"
  /// 512 bits with products of bytes.
  case avx512VNNI = "avx512-vnni"

  /// Those that this processor has, the fastest last.
  public static var ofThisProcessor: [InstructionSet] { allCases.filter { $0.table != nil } }

  /// Runs kernels for these vectors in `body`; no step may be running. The processor must have them.
  func use<R>(_ body: () -> R) -> R {
    let before = ck_kernels()
    ck_use(table)
    defer { ck_use(before) }
    return body()
  }

  /// Multiply-accumulates of so many rounds of a mix, on registers alone.
  func run(_ mix: PeakMix, rounds: UInt64) -> UInt64 {
    switch mix {
    case .int8, .int16: pk_integers(vectorBytes, mix == .int8 ? 1 : 0, rounds)
    case .float32: pk_floats(vectorBytes, rounds)
    }
  }

  /// What integers are multiplied as.
  var integers: PeakMix {
    switch self {
    case .plain, .generic, .avx2: .int16
    case .avxVNNI, .avx512VNNI: .int8
    }
  }

  private var vectorBytes: Int32 {
    switch self {
    case .plain, .generic: 16
    case .avx2, .avxVNNI: 32
    case .avx512VNNI: 64
    }
  }

  private var table: UnsafePointer<ck_table>? {
    switch self {
    case .plain: ck_kernels_for(ck_plain)
    case .generic: ck_kernels_for(ck_generic)
    case .avx2: ck_kernels_for(ck_avx2)
    case .avxVNNI: ck_kernels_for(ck_avx_vnni)
    case .avx512VNNI: ck_kernels_for(ck_avx512)
    }
  }
}

/// What the inner loops of a family multiply: operands of 8 bits in fours, of 16 bits in pairs, or floats.
public enum PeakMix: String, Codable, CaseIterable, Sendable {
  case int8, int16, float32

  /// That of an opcode's rows with some vectors; nil where they multiply no matrices.
  init?(_ opcode: OpCode, _ set: InstructionSet) {
    switch OperationFamily(opcode) {
    case .dense, .denseDx, .denseDw, .depthwise, .depthwiseDx, .depthwiseDw:
      self = opcode.hasTiles ? set.integers : .float32
    case .product: self = .float32
    default: return nil
    }
  }
}
