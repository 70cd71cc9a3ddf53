"""Bytes of a training step of MobileNetV2: our arena beside what PyTorch saves for backward and what ExecuTorch plans.

Our figure is everything but frozen weights: weights that change, what is saved, gradients, scratch, samples, results. PyTorch's
is what autograd keeps between forward and backward alone, ExecuTorch's is its memory plan of forward and backward without
any weights.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

from compare_step import fold

sys.path.append(str(Path(__file__).parent.parent / "quickstart"))
from nets import mobilenetv2

POLICIES = ["bias", "last-6", "full"]


class Step(nn.Module):
    """The network with a new classifier of 10 outputs, and its loss."""

    def __init__(self, size, policy):
        super().__init__()
        self.net = fold(mobilenetv2(size))
        self.net.classifier = nn.Linear(1280, 10)
        layers = [module for module in self.net.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
        last = int(policy.removeprefix("last-")) if policy.startswith("last-") else len(layers)
        for index, layer in enumerate(layers):
            is_trained = index >= len(layers) - last
            # Training biases trains the new classifier as a whole.
            layer.weight.requires_grad_(is_trained and (policy != "bias" or layer is layers[-1]))
            layer.bias.requires_grad_(is_trained)

    def forward(self, x, labels):
        return nn.functional.cross_entropy(self.net(x), labels)


def inputs(batch, size):
    return torch.rand(batch, 3, size, size), torch.zeros(batch, dtype=torch.long)


def torch_bytes(size, policy, batch):
    """Bytes of the different tensors that autograd keeps for backward, parameters left out."""
    step = Step(size, policy)
    known = {parameter.untyped_storage().data_ptr() for parameter in step.parameters()}
    saved = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            # Kept alive, so that no other storage takes its address.
            saved[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        step(*inputs(batch, size))
    return sum(count for count, _ in saved.values())


def executorch_bytes(size, policy, batch):
    """Bytes that ExecuTorch's memory plan gives to forward and backward; None where it is not installed."""
    try:
        from executorch.exir import to_edge
        from torch.export import export
        from torch.export.experimental import _export_forward_backward
    except ImportError:
        return None
    joint = _export_forward_backward(export(Step(size, policy), inputs(batch, size)))
    program = to_edge(joint).to_executorch().executorch_program
    return sum(program.execution_plan[0].non_const_buffer_sizes)


def our_bytes(espalier, model, data, mode, policy, batch, folder):
    plan = str(Path(folder) / "p.plan")
    words = [espalier, "compile", model, "-o", plan, "--mode", mode, "--classes", "10", "--policy", policy]
    words += ["--batch", str(batch), "--cap", "none", "--json", "-q"]
    words += ["--calibration-data", data] if mode != "f32" else []
    result = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(result.stdout)["arena_bytes"]


def text(count):
    return f"{count:,}" if count is not None else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("espalier", help="path of the command")
    parser.add_argument("model", help="MobileNetV2 as ONNX")
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)

    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "x.npz")
        generator = np.random.default_rng(1)
        pictures = generator.uniform(-1, 1, (8, 3, options.size, options.size)).astype(np.float32)
        np.savez(data, x=pictures, y=np.zeros(8, np.int64))
        head = ["update", "batch", "ours, int8", "ours, f32", "PyTorch saves", "ExecuTorch plans"]
        rows = [head]
        for batch in options.batches:
            for policy in POLICIES:
                ours = [
                    our_bytes(options.espalier, options.model, data, mode, policy, batch, folder)
                    for mode in ["i8", "f32"]
                ]
                others = [torch_bytes(options.size, policy, batch), executorch_bytes(options.size, policy, batch)]
                rows.append([policy, str(batch)] + [text(count) for count in ours + others])
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))


if __name__ == "__main__":
    main()
