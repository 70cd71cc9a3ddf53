"""A training step of PyTorch, channels last, eager or compiled."""

import importlib.metadata

import torch

import peer
from network import names
from torch_network import Network, batch


class Training:
    def __init__(self, options, arrays):
        torch.set_num_threads(options.threads)
        self.network = Network(arrays, options.update).to(memory_format=torch.channels_last)
        x, self.labels = batch(arrays, options.batch)
        self.x = x.to(memory_format=torch.channels_last)
        self.loss = torch.compile(self.network) if options.compiled else self.network
        parameters = [value for value in self.network.parameters() if value.requires_grad]
        self.optimizer = torch.optim.SGD(parameters, lr=options.rate, fused=True)

    def step(self):
        self.optimizer.zero_grad()
        loss = self.loss(self.x, self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def tensors(self):
        return {name: self.network.value(name).detach().numpy() for name in names()}


options = peer.parser(__doc__)
options.add_argument("--compiled", action="store_true")
peer.run(importlib.metadata.version("torch"), options.parse_args(), Training)
