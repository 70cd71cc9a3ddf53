"""A training step of ExecuTorch, on the program that make_executorch.py made."""

import importlib.metadata
from pathlib import Path

from executorch.extension.pybindings.portable_lib import _unsafe_reset_threadpool
from executorch.extension.training import _load_for_executorch_for_training, get_sgd_optimizer

import peer
from network import names
from torch_network import batch


class Training:
    def __init__(self, options, arrays):
        _unsafe_reset_threadpool(options.threads)
        self.module = _load_for_executorch_for_training(str(Path(options.folder) / "step.pte"))
        self.batch = batch(arrays, options.batch)
        self.rate = options.rate
        self.optimizer = None

    def step(self):
        (loss,) = self.module.forward_backward("forward", self.batch)
        # Parameters are known from the first pass on.
        if self.optimizer is None:
            self.optimizer = get_sgd_optimizer(self.module.named_parameters(), self.rate)
        self.optimizer.step(self.module.named_gradients())
        return loss

    def tensors(self):
        values = self.module.named_parameters()
        shown = {name: name.replace(".", "_") for name in names()}
        return {name: values[other].numpy() for name, other in shown.items() if other in values}


peer.run(importlib.metadata.version("executorch"), peer.parser(__doc__).parse_args(), Training)
