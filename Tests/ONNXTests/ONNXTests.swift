// Tests of ONNX
