import IR

/// The element type that a code of ONNX's TensorProto.DataType stands for, where the importer knows it.
func elementType(_ code: Int) -> DType? {
  switch code {
  case 1: .f32
  case 2: .u8
  case 3: .i8
  case 5: .i16
  case 6: .i32
  case 7: .i64
  case 9: .bool
  default: nil
  }
}

/// ONNX's name of an element type.
func elementName(_ code: Int) -> String {
  let names = [
    "undefined", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "double",
    "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
    "float8e5m2fnuz", "uint4", "int4", "float4e2m1",
  ]
  return names.indices.contains(code) ? names[code] : "\(code)"
}
