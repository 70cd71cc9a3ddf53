"""The network as a PyTorch module, for PyTorch itself and for ExecuTorch."""

import torch
from torch import nn
from torch.nn import functional

from network import HEAD, blocks, names


class Network(nn.Module):
    """Returns the loss; parameters bear the names of the file, with lines for dots."""

    def __init__(self, arrays, update):
        super().__init__()
        trained = names(update)
        for name in names():
            value = nn.Parameter(torch.from_numpy(arrays[name]), requires_grad=name in trained)
            self.register_parameter(name.replace(".", "_"), value)

    def value(self, name):
        return getattr(self, name.replace(".", "_"))

    def convolve(self, layer, x):
        weight = self.value(layer.weight)
        groups = len(weight) if layer.is_depthwise else 1
        x = functional.conv2d(x, weight, self.value(layer.bias), layer.stride, weight.shape[2] // 2, groups=groups)
        return functional.relu6(x) if layer.is_clipped else x

    def forward(self, x, labels):
        for block in blocks():
            y = x
            for layer in block.layers:
                y = self.convolve(layer, y)
            x = x + y if block.is_residual else y
        logits = functional.linear(x.mean((2, 3)), self.value(HEAD[0]), self.value(HEAD[1]))
        return functional.cross_entropy(logits, labels)


def batch(arrays, count):
    return torch.from_numpy(arrays["x"][:count]), torch.from_numpy(arrays["y"][:count])
