"""Makes LiteRT's model of a training step from TensorFlow's network, as its guide to training on a device does."""

import re
from pathlib import Path

import numpy as np
import tensorflow as tf

import peer
from layouts import batch
from tensorflow_network import Network

options = peer.parser(__doc__).parse_args()
arrays = np.load(options.network)
network = Network(arrays, options.update, options.rate)
specifications = [tf.TensorSpec(array.shape, array.dtype) for array in batch(arrays, options.batch)]
# Two functions in one model: a step, and the trained values.
network.train = tf.function(lambda x, labels: {"loss": network.step(x, labels)}, input_signature=specifications)
network.read = tf.function(
    lambda: {f"t{number}": tf.identity(value) for number, value in enumerate(network.trained)}, input_signature=[]
)
folder = Path(options.folder)
tf.saved_model.save(network, str(folder / "saved"), signatures={"train": network.train, "read": network.read})
converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved"))
converter.experimental_enable_resource_variables = True
try:
    model = converter.convert()
except Exception as error:
    # Its own text names a remedy that the package lacks: operators of TensorFlow beside LiteRT's.
    missing = sorted(set(re.findall(r"\btf\.(\w*(?:Backprop|Grad)\w*)\(", str(error))))
    raise SystemExit(f"it has no operator {', '.join(missing)}" if missing else str(error)) from None
(folder / "step.tflite").write_bytes(model)
