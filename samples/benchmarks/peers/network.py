"""MobileNetV2 with folded BatchNorm and ten classes, as a list of layers that every peer builds from.

Weights lie in an .npz file under the names that Espalier's export gives them; a convolution has the layout outputs,
inputs of a group, height, width. The same file holds the batch: x (samples, channels, height, width) and y.
"""

from typing import NamedTuple

# Expansion, repeats, stride of the first.
GROUPS = [(1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1)]
UPDATES = ["full", "last-12", "bias", "head"]


class Layer(NamedTuple):
    """A convolution, and ReLU6 behind it where it is clipped."""

    weight: str
    stride: int
    is_depthwise: bool
    is_clipped: bool

    @property
    def bias(self):
        return f"{self.weight}.bias"


class Block(NamedTuple):
    """Convolutions one after the other, whose result is added to their input where shapes allow."""

    layers: list[Layer]
    is_residual: bool


HEAD = ("head.weight", "head.bias")


def blocks():
    """All but the last layer, which is a matrix product after the mean of all pixels."""
    yield Block([Layer("features.0.0.weight", 2, False, True)], False)
    number = 1
    for expansion, repeats, first_stride in GROUPS:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            name = f"features.{number}.conv"
            layers = [Layer(f"{name}.0.0.weight", 1, False, True)] if expansion > 1 else []
            layers.append(Layer(f"{name}.{len(layers)}.0.weight", stride, True, True))
            layers.append(Layer(f"{name}.{len(layers)}.weight", 1, False, False))
            # The first of a group changes the number of channels.
            yield Block(layers, repeat > 0)
            number += 1
    yield Block([Layer("features.18.0.weight", 1, False, True)], False)


def layers():
    """Names of weight and bias of every layer, from first to last."""
    return [(layer.weight, layer.bias) for block in blocks() for layer in block.layers] + [HEAD]


def names(update="full"):
    """Names of the tensors that an update set trains. With biases, the new head is trained as a whole."""
    pairs = layers()
    if update == "bias":
        return [bias for _, bias in pairs[:-1]] + list(HEAD)
    count = {"full": len(pairs), "last-12": 12, "head": 1}[update]
    return [name for pair in pairs[-count:] for name in pair]

