/// What a row of a plan does; the raw values are part of the image format and are never reused.
public enum OpCode: UInt16, Sendable {
  // Activations, element by element.
  case relu = 1
  case reluGrad = 2
}

#if !hasFeature(Embedded)
  extension OpCode: CaseIterable {}
#endif
