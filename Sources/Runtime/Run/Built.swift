/// Whether the kernel of an opcode is there: always here; a runner that is built for a plan has those of the plan.
@inline(__always)
public func isBuilt(_ opcode: OpCode) -> Bool { true }

/// The opcode of a row.
@inline(__always)
func builtOpCode(_ rawValue: UInt16) -> OpCode? { OpCode(rawValue: rawValue) }

/// The same for a kernel that exists once for each format of the gradient it reads.
@inline(__always)
public func isBuilt(_ opcode: OpCode, _ source: GradientFormat) -> Bool { true }

/// The same for what only some rows ask of a kernel.
@inline(__always)
public func isBuilt(_ trait: KernelTrait) -> Bool { true }

/// The same for what a runner does beside running kernels.
@inline(__always)
public func isBuilt(_ part: RunnerPart) -> Bool { true }

/// Digest of the only image that a runner takes; nil where it takes every image that stands the checks.
///
/// Whoever built the runner has checked that image, and no other has its digest.
@inline(__always)
public var onlyImage: Digest? { nil }
