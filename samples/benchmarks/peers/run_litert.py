"""A training step of LiteRT, on the model that make_litert.py made."""

import importlib.metadata
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter

import peer
from layouts import batch, from_tensorflow
from network import names


class Training:
    def __init__(self, options, arrays):
        path = str(Path(options.folder) / "step.tflite")
        self.interpreter = Interpreter(path, num_threads=options.threads)
        self.train = self.interpreter.get_signature_runner("train")
        self.x, self.labels = batch(arrays, options.batch)
        self.names = names(options.update)

    def step(self):
        return self.train(x=self.x, labels=self.labels)["loss"]

    def tensors(self):
        values = self.interpreter.get_signature_runner("read")()
        return {name: from_tensorflow(name, values[f"t{number}"]) for number, name in enumerate(self.names)}


peer.run(importlib.metadata.version("ai-edge-litert"), peer.parser(__doc__).parse_args(), Training)
