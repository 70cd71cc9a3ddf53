"""TensorFlow's order of dimensions: channels last in pictures, outputs last in weights."""

import numpy as np

from network import blocks

DEPTHWISE = {layer.weight for block in blocks() for layer in block.layers if layer.is_depthwise}


def to_tensorflow(name, array):
    """Height, width, inputs, outputs instead of outputs, inputs, height, width; channels third where depthwise."""
    if array.ndim == 4:
        return array.transpose(2, 3, 0, 1) if name in DEPTHWISE else array.transpose(2, 3, 1, 0)
    return array


def from_tensorflow(name, array):
    if array.ndim == 4:
        return array.transpose(2, 3, 0, 1) if name in DEPTHWISE else array.transpose(3, 2, 0, 1)
    return array


def batch(arrays, count):
    x, y = arrays["x"][:count], arrays["y"][:count]
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)), np.eye(10, dtype=np.float32)[y]
