"""The network in TensorFlow's operators, for TensorFlow itself and for LiteRT."""

import tensorflow as tf

from layouts import to_tensorflow
from network import HEAD, blocks, names

class Network(tf.Module):
    """One step of plain SGD returns the loss before it."""

    def __init__(self, arrays, update, rate):
        super().__init__()
        self.rate = rate
        trained = names(update)
        self.values = {}
        for name in names():
            value = to_tensorflow(name, arrays[name])
            self.values[name] = tf.Variable(value) if name in trained else tf.constant(value)
        self.trained = [self.values[name] for name in trained]

    def convolve(self, layer, x):
        weight, padding = self.values[layer.weight], "SAME"
        if layer.stride > 1:
            # SAME would not pad at the left and at the top.
            x, padding = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), "VALID"
        convolution = tf.nn.depthwise_conv2d if layer.is_depthwise else tf.nn.conv2d
        strides = [1, layer.stride, layer.stride, 1]
        x = tf.nn.bias_add(convolution(x, weight, strides, padding), self.values[layer.bias])
        return tf.nn.relu6(x) if layer.is_clipped else x

    def logits(self, x):
        for block in blocks():
            y = x
            for layer in block.layers:
                y = self.convolve(layer, y)
            x = x + y if block.is_residual else y
        weight, bias = (self.values[name] for name in HEAD)
        return tf.matmul(tf.reduce_mean(x, [1, 2]), weight, transpose_b=True) + bias

    def step(self, x, labels):
        """Labels are rows of zeros with a one."""
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels, self.logits(x)))
        for value, gradient in zip(self.trained, tape.gradient(loss, self.trained), strict=True):
            value.assign_sub(self.rate * gradient)
        return loss
