/// Whether the kernel of an opcode is there: always here; a runner that is built for a plan has those of the plan.
@inline(__always)
public func isBuilt(_ opcode: OpCode) -> Bool { true }

/// The same for a kernel that exists once for each format of the gradient it reads.
@inline(__always)
public func isBuilt(_ opcode: OpCode, _ source: GradientFormat) -> Bool { true }
