"""Says which tensors differ between models though frozen, or do not though trained: FIRST.onnx SECOND.onnx UPDATE"""

import sys

import onnx

from peer import wrong_tensors


def tensors(path):
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}


first, second, update = sys.argv[1:]
print(wrong_tensors(tensors(first), update, tensors(second)))
