"""A training step of MNN."""

import MNN
import numpy as np
from MNN import expr, nn, optim

import peer
from network import HEAD, blocks, names


class Network(nn.Module):
    """Variables bear the names of the file; those that are trained are parameters, the others constants."""

    def __init__(self, arrays, update):
        super().__init__()
        self.constants = {}
        trained = names(update)
        for name in names():
            array = arrays[name]
            # The last layer is a convolution, too: see below.
            shape = list(array.shape) + [1, 1] if name == HEAD[0] else list(array.shape)
            value = expr.const(array, shape, expr.NCHW)
            if name in trained:
                value.fix_as_trainable()
                setattr(self, name, value)
            else:
                self.constants[name] = value

    def value(self, name):
        return self.constants[name] if name in self.constants else getattr(self, name)

    def convolve(self, layer, x):
        weight = self.value(layer.weight)
        outputs, _, kernel, _ = weight.shape
        groups = outputs if layer.is_depthwise else 1
        x = expr.conv2d(
            x,
            weight,
            self.value(layer.bias),
            stride=[layer.stride] * 2,
            padding=[kernel // 2] * 2,
            group=groups,
            # The only mode in which a padding counts.
            padding_mode=expr.CAFFE,
        )
        return expr.relu6(x) if layer.is_clipped else x

    def forward(self, x):
        x = expr.convert(x, expr.NC4HW4)
        for block in blocks():
            y = x
            for layer in block.layers:
                y = self.convolve(layer, y)
            x = x + y if block.is_residual else y
        # matmul has no gradient in MNN: nothing before it would be trained.
        x = expr.avg_pool(x, x.shape[2:], [1, 1])
        weight, bias = (self.value(name) for name in HEAD)
        x = expr.conv2d(x, weight, bias)
        return expr.reshape(expr.convert(x, expr.NCHW), [0, -1])


class Training:
    def __init__(self, options, arrays):
        # Without it an expression is computed at once, and nothing of it is left to differentiate.
        expr.lazy_eval(True)
        expr.set_thread_number(options.threads)
        self.network = Network(arrays, options.update)
        self.network.train(True)
        self.shapes = {name: arrays[name].shape for name in names()}
        self.optimizer = optim.SGD(self.network, options.rate, 0.0, 0.0)
        x, y = (arrays[name][: options.batch] for name in ("x", "y"))
        # Kept, as MNN does not copy what it is given.
        self.arrays = [x, np.eye(10, dtype=np.float32)[y]]
        self.batch = [expr.const(array, list(array.shape), expr.NCHW) for array in self.arrays]

    def step(self):
        x, labels = self.batch
        loss = nn.loss.cross_entropy(expr.softmax(self.network.forward(x), 1), labels)
        value = loss.read()
        self.optimizer.step(loss)
        return value

    def tensors(self):
        return {name: self.network.value(name).read().reshape(self.shapes[name]) for name in names()}


peer.run(MNN.version(), peer.parser(__doc__).parse_args(), Training)
