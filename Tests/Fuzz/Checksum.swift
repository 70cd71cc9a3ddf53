import CFuzzer

// Stands for `Image/Digest.swift` in the fuzzer: every input is signed and read once, and SHA-256 under the address
// sanitizer would take nearly all of the time. Readers compare it as they compare the other one.

public struct Digest: BitwiseCopyable, Equatable, Sendable {
  public var a: UInt64 = 0
  public var b: UInt64 = 0
  public var c: UInt64 = 0
  public var d: UInt64 = 0

  public static var size: Int { 32 }

  public init() {}

  public init(of bytes: Bytes) {
    var hash = SHA256()
    hash.update(bytes)
    self = hash.finish()
  }
}

/// A checksum of bytes that arrive in pieces.
public struct SHA256 {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  public mutating func update(_ bytes: Bytes) { state = fuzz_checksum(state, bytes.base, bytes.count) }

  public mutating func finish() -> Digest {
    var digest = Digest()
    digest.a = state
    digest.b = ~state
    digest.c = state &* 0x9e37_79b9_7f4a_7c15
    digest.d = state ^ state &>> 29
    return digest
  }
}
