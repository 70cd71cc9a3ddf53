"""A quantized ONNX network (QuantizeLinear, DequantizeLinear) as PyTorch sees it, straight through the rounding.

Tensors hold real values throughout: QuantizeLinear rounds to a multiple of its scale and DequantizeLinear passes on.
Weights and biases are leaves, integers times scale. All is computed in double precision.
"""

from typing import NamedTuple

import numpy as np
import torch
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch.nn import functional

from folded import read_head


class FakeQuantize(torch.autograd.Function):
    """Rounds half to even and clamps; the gradient passes where the integer lies strictly between the bounds."""

    @staticmethod
    def forward(ctx, x, scale, zero, low, high):
        integers = (torch.round(x / scale) + zero).clamp(low, high)
        ctx.save_for_backward((integers > low) & (integers < high))
        return (integers - zero) * scale

    @staticmethod
    def backward(ctx, gradient):
        (mask,) = ctx.saved_tensors
        return gradient * mask, None, None, None, None


class Layer(NamedTuple):
    """Names of a layer's tensors, and the axis of the weight that counts (input) channels."""

    weight: str
    bias: str | None
    axis: int


def padded(x, pads, value):
    """x with ONNX's pads [begins, ends] put around its last axes."""
    half = len(pads) // 2
    pairs = [side for axis in reversed(range(half)) for side in (pads[axis], pads[half + axis])]
    return functional.pad(x, pairs, value=value) if any(pads) else x


class QDQNetwork:
    """`leaves` has every weight and bias by name; calling the network gives the logits of a batch."""

    def __init__(self, model, head=None):
        graph = model.graph
        self.nodes = [n for n in graph.node if n.op_type != "Constant"]
        self.constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = numpy_helper.to_array(attributes(node)["value"])
        self.producers = {name: node for node in self.nodes for name in node.output}
        self.input, self.output = graph.input[0].name, graph.output[0].name
        weighted = [n for n in self.nodes if n.op_type in ("Conv", "Gemm", "MatMul") and self.source(n.input[1])]
        self.classifier = weighted[-1]
        self.leaves, self.layers = {}, []
        for node in weighted:
            self.layers.append(self.layer(node))
        self.has_new_head = head is not None
        if self.has_new_head:
            self.replace_classifier(*read_head(head))

    def source(self, name):
        """The initializer that a tensor is, or is dequantized from."""
        node = self.producers.get(name)
        if node is not None and node.op_type == "DequantizeLinear":
            name = node.input[0]
        return name if name in self.constants else None

    def constant(self, name):
        """An initializer's real values, in double."""
        node = self.producers.get(name)
        if node is None:
            return torch.tensor(self.constants[name].astype(np.float64))
        integers, scale = (self.constants[i].astype(np.float64) for i in node.input[:2])
        zero = self.constants[node.input[2]].astype(np.float64) if len(node.input) > 2 else np.zeros_like(scale)
        if scale.size > 1:
            shape = [1] * integers.ndim
            shape[attributes(node).get("axis", 1)] = -1
            scale, zero = scale.reshape(shape), zero.reshape(shape)
        return torch.tensor((integers - zero) * scale).reshape(integers.shape)

    def layer(self, node):
        names = [self.source(i) if i else None for i in node.input[1:]]
        for name, tensor in zip(names, node.input[1:], strict=True):
            if name:
                self.leaves[name] = self.constant(tensor).requires_grad_(True)
        chosen = attributes(node)
        transposed = node.op_type == "MatMul" or not chosen.get("transB", 0)
        axis = (0 if transposed else 1) if node.op_type != "Conv" else (1 if chosen.get("group", 1) == 1 else 0)
        return Layer(names[0], names[1] if len(names) > 1 else None, axis)

    def replace_classifier(self, weight, bias):
        for name in self.layers.pop()[:2]:
            self.leaves.pop(name, None)
        self.leaves["head.weight"] = torch.tensor(weight.astype(np.float64)).requires_grad_(True)
        self.leaves["head.bias"] = torch.tensor(bias.astype(np.float64)).requires_grad_(True)
        self.layers.append(Layer("head.weight", "head.bias", 1))

    def __call__(self, x):
        values, known, behind_classifier = {self.input: x}, dict(self.constants), False
        for node in self.nodes:
            if self.has_new_head and node is self.classifier:
                x = values[node.input[0]].flatten(1)
                weight = self.leaves["head.weight"]
                return functional.linear(x, weight.flatten(1), self.leaves["head.bias"])
            if self.is_shape_arithmetic(node, known):
                known[node.output[0]] = values[node.output[0]] = computed(node, known, values)
                continue
            inputs = [self.operand(name, values) for name in node.input]
            if node.op_type == "QuantizeLinear":
                # The classifier stays float: what would round its result is left out.
                result = inputs[0] if behind_classifier else self.quantize(node, inputs[0])
            elif node.op_type == "DequantizeLinear":
                result = inputs[0]
            else:
                result = OPERATORS[node.op_type](attributes(node), *inputs)
            behind_classifier |= node is self.classifier
            values[node.output[0]] = result
        return values[self.output].flatten(1)

    def is_shape_arithmetic(self, node, known):
        """Whether a node computes with sizes alone: they are no part of the network's function."""
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            return False
        return node.op_type == "Shape" or all(name in known for name in node.input if name)

    def operand(self, name, values):
        """A computed tensor, a leaf or a constant; None where an input is left out."""
        if name in values:
            return values[name]
        source = self.source(name) if name else None
        return self.leaves.get(source, self.constant(name)) if source else None

    def quantize(self, node, x):
        scale = float(self.constants[node.input[1]].item())
        stored = self.constants[node.input[2]]
        zero = int(stored.item()) - (128 if stored.dtype == np.uint8 else 0)
        bounds = self.clip_bounds(self.producers.get(node.input[0]))
        low, high = (np.clip(np.rint(b / scale) + zero, -128, 127) for b in bounds)
        return FakeQuantize.apply(x, scale, zero, float(low), float(high))

    def clip_bounds(self, node):
        """The real range that a Relu or Clip in front of a QuantizeLinear leaves."""
        if node is None or node.op_type not in ("Relu", "Clip"):
            return -np.inf, np.inf
        if node.op_type == "Relu":
            return 0.0, np.inf
        bounds = [float(self.constant(i)) if i else None for i in node.input[1:]] + [None, None]
        return tuple(default if b is None else b for b, default in zip(bounds, (-np.inf, np.inf), strict=False))


def computed(node, known, values):
    """The result of a node on sizes, by ONNX's own reference."""
    if node.op_type == "Shape":
        name = node.input[0]
        return np.array((known if name in known else values)[name].shape, np.int64)
    return ReferenceEvaluator(node).run(None, {name: known[name] for name in node.input})[0]


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def convolution(chosen, x, weight, bias=None):
    rank = weight.ndim - 2
    x = padded(x, chosen.get("pads", [0] * 2 * rank), 0.0)
    function = functional.conv1d if rank == 1 else functional.conv2d
    ones = [1] * rank
    return function(
        x, weight, bias, chosen.get("strides", ones), 0, chosen.get("dilations", ones), chosen.get("group", 1)
    )


def gemm(chosen, a, b, c=None):
    a = a.T if chosen.get("transA", 0) else a
    b = b.T if chosen.get("transB", 0) else b
    product = chosen.get("alpha", 1.0) * (a @ b)
    return product if c is None else product + chosen.get("beta", 1.0) * c


def max_pool(chosen, x):
    kernel = chosen["kernel_shape"]
    x = padded(x, chosen.get("pads", [0] * 4), -torch.inf)
    return functional.max_pool2d(x, kernel, chosen.get("strides", [1, 1]), ceil_mode=bool(chosen.get("ceil_mode", 0)))


def average_pool(chosen, x):
    kernel, strides = chosen["kernel_shape"], chosen.get("strides", [1, 1])
    pads = chosen.get("pads", [0] * 4)
    counts = torch.ones_like(x[:1, :1])
    counts = padded(counts, pads, float(chosen.get("count_include_pad", 0)))
    total = functional.avg_pool2d(padded(x, pads, 0.0), kernel, strides)
    return total / functional.avg_pool2d(counts, kernel, strides)


def pad(chosen, x, pads, value=None):
    assert chosen.get("mode", b"constant") == b"constant"
    return padded(x, [int(p) for p in pads], 0.0 if value is None else float(value))


def reshape(chosen, x, shape):
    """The first axis is the batch, whatever batch the file was written for."""
    sizes = [x.shape[axis] if size == 0 else int(size) for axis, size in enumerate(shape)]
    return x.reshape([len(x), *sizes[1:]])


def clip(chosen, x, low=None, high=None):
    low, high = (None if bound is None else float(bound) for bound in (low, high))
    return x if low is None and high is None else x.clamp(low, high)


OPERATORS = {
    "Conv": convolution,
    "Gemm": gemm,
    "MatMul": lambda chosen, a, b: a @ b,
    "Add": lambda chosen, a, b: a + b,
    "Relu": lambda chosen, x: functional.relu(x),
    "Clip": clip,
    "Pad": pad,
    "GlobalAveragePool": lambda chosen, x: x.mean(tuple(range(2, x.ndim)), keepdim=True),
    "AveragePool": average_pool,
    "MaxPool": max_pool,
    "Flatten": lambda chosen, x: x.flatten(1),
    "Reshape": reshape,
    "Concat": lambda chosen, *inputs: torch.cat(inputs, chosen["axis"]),
}
