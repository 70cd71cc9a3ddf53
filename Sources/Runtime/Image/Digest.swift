#if !hasFeature(Embedded)
  import CKernels
#endif

/// The 32 bytes of a SHA-256 hash, as they stand in a file.
public struct Digest: BitwiseCopyable, Equatable, Sendable {
  public var a: UInt64 = 0
  public var b: UInt64 = 0
  public var c: UInt64 = 0
  public var d: UInt64 = 0

  /// Bytes of a digest.
  public static var size: Int { 32 }

  public init() {}

  /// The hash of `bytes`.
  @inline(never)
  public init(of bytes: Bytes) {
    var hash = SHA256()
    hash.update(bytes)
    self = hash.finish()
  }
}

/// SHA-256 (FIPS 180-4) of bytes that arrive in pieces.
public struct SHA256 {
  private var state: InlineArray<8, UInt32> = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var block = InlineArray<64, UInt8>(repeating: 0)
  private var filled = 0
  private var total: UInt64 = 0

  #if hasFeature(Embedded)
    @inline(never)
  #endif
  public init() {}

  @inline(never)
  public mutating func update(_ bytes: Bytes) {
    total &+= zeroExtended(bytes.count)
    var index = 0
    while index < bytes.count {
      if filled == 0 && bytes.count &- index >= 64 {
        index &+= unsafe compressBlocks(bytes.base + index, bytes.count &- index)
      } else {
        block[filled] = bytes[index]
        index &+= 1
        filled &+= 1
        if filled == 64 { compressBlock() }
      }
    }
  }

  /// The hash; nothing may be added afterwards.
  @inline(never)
  public mutating func finish() -> Digest {
    let bits = total &* 8
    block[filled] = 0x80
    filled &+= 1
    if filled > 56 {
      while filled < 64 { pad() }
      compressBlock()
    }
    while filled < 56 { pad() }
    for byte in 0..<8 { block[56 &+ byte] = UInt8(truncatingIfNeeded: bits &>> zeroExtended(56 &- 8 &* byte)) }
    compressBlock()
    var digest = Digest()
    digest.a = pair(0)
    digest.b = pair(2)
    digest.c = pair(4)
    digest.d = pair(6)
    return digest
  }

  private mutating func pad() {
    block[filled] = 0
    filled &+= 1
  }

  /// Two words of the state, whose bytes stand in big-endian order in the digest.
  private func pair(_ index: Int) -> UInt64 {
    zeroExtended(state[index].byteSwapped) | zeroExtended(state[index &+ 1].byteSwapped) &<< 32
  }

  private mutating func compressBlock() {
    var copy = block
    unsafe withUnsafeBytes(of: &copy) { raw in
      if let base = raw.baseAddress { unsafe compress(base) }
    }
    filled = 0
  }

  /// Compresses whole blocks that lie there, at least one; returns their bytes.
  @inline(__always)
  private mutating func compressBlocks(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if !hasFeature(Embedded)
      // With the processor's own instructions, where it has them; a runner rather has fewer bytes.
      let isDone = unsafe withUnsafeMutableBytes(of: &state) { state in
        unsafe withUnsafeBytes(of: roundConstants) { constants in
          unsafe ck_sha256(
            state.bindMemory(to: UInt32.self).baseAddress, bytes.assumingMemoryBound(to: UInt8.self), count / 64,
            constants.bindMemory(to: UInt32.self).baseAddress) != 0
        }
      }
      if isDone { return count / 64 &* 64 }
    #endif
    unsafe compress(bytes)
    return 64
  }

  private mutating func compress(_ bytes: UnsafeRawPointer) {
    var w = InlineArray<64, UInt32>(repeating: 0)
    for i in 0..<16 { w[i] = unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 &* i, as: UInt32.self)) }
    for i in 16..<64 {
      let x = w[i &- 15]
      let y = w[i &- 2]
      let s0 = rotate(x, 7) ^ rotate(x, 18) ^ x &>> 3
      let s1 = rotate(y, 17) ^ rotate(y, 19) ^ y &>> 10
      w[i] = w[i &- 16] &+ s0 &+ w[i &- 7] &+ s1
    }
    var a = state[0]
    var b = state[1]
    var c = state[2]
    var d = state[3]
    var e = state[4]
    var f = state[5]
    var g = state[6]
    var h = state[7]
    for i in 0..<64 {
      let choice = (e & f) ^ (~e & g)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      let first = h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice &+ roundConstants[i] &+ w[i]
      let second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
      h = g
      g = f
      f = e
      e = d &+ first
      d = c
      c = b
      b = a
      a = first &+ second
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }
}

@inline(__always)
private func rotate(_ x: UInt32, _ bits: UInt32) -> UInt32 { x &>> bits | x &<< (32 &- bits) }

/// First 32 bits of the fractional parts of the cube roots of the first 64 primes.
private let roundConstants: InlineArray<64, UInt32> = [
  0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
  0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
  0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
  0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
  0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
  0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
  0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
  0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
]
