"""A training step of TensorFlow, as a graph."""

import tensorflow as tf

import peer
from layouts import batch, from_tensorflow
from network import names
from tensorflow_network import Network


class Training:
    def __init__(self, options, arrays):
        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.network = Network(arrays, options.update, options.rate)
        self.batch = [tf.constant(array) for array in batch(arrays, options.batch)]
        self.compiled = tf.function(self.network.step)

    def step(self):
        return self.compiled(*self.batch)

    def tensors(self):
        return {name: from_tensorflow(name, self.network.values[name].numpy()) for name in names()}


peer.run(tf.__version__, peer.parser(__doc__).parse_args(), Training)
