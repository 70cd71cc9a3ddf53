"""A training step of ONNX Runtime, on the graph that make_onnxruntime.py made."""

from pathlib import Path

import onnxruntime
from onnxruntime.training import api

import peer


class Training:
    def __init__(self, options, arrays):
        folder = Path(options.folder)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        settings.inter_op_num_threads = 1
        self.state = api.CheckpointState.load_checkpoint(folder / "checkpoint")
        self.module = api.Module(folder / "training_model.onnx", self.state, session_options=settings)
        self.module.train()
        self.optimizer = api.Optimizer(folder / "optimizer_model.onnx", self.module)
        self.optimizer.set_learning_rate(options.rate)
        self.batch = [arrays[name][: options.batch] for name in ("x", "y")]

    def step(self):
        loss = self.module(*self.batch)
        self.optimizer.step()
        self.module.lazy_reset_grad()
        return loss

    def tensors(self):
        return {name: parameter.data for name, parameter in self.state.parameters}


peer.run(onnxruntime.__version__, peer.parser(__doc__).parse_args(), Training)
