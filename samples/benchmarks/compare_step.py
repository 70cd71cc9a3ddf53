"""One training step of MobileNetV2, ours and PyTorch's, in turns on one thread.

Machines change speed from minute to minute, so only the ratio of the two is worth printing.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

sys.path.append(str(Path(__file__).parent.parent / "quickstart"))
from nets import mobilenetv2


def fold(module):
    """Folds each BatchNorm into the convolution before it, as our compiler does."""
    children = list(module.named_children())
    for (name, child), (after, norm) in zip(children, children[1:] + [("", None)]):
        if isinstance(child, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(module, name, fuse_conv_bn_eval(child, norm))
            setattr(module, after, nn.Identity())
        else:
            fold(child)
    return module


class Torch:
    """Eager PyTorch with plain SGD on all weights and biases."""

    def __init__(self, size, classes):
        net = fold(mobilenetv2(size))
        net.classifier = nn.Linear(1280, classes)
        for parameter in net.parameters():
            parameter.requires_grad_(True)
        self.net = net
        self.optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
        self.x = torch.rand(1, 3, size, size) * 2 - 1
        self.label = torch.tensor([0])

    def step(self):
        self.optimizer.zero_grad()
        nn.functional.cross_entropy(self.net(self.x), self.label).backward()
        self.optimizer.step()

    def run(self, steps):
        times = []
        for _ in range(steps):
            start = time.perf_counter_ns()
            self.step()
            times.append(time.perf_counter_ns() - start)
        return times


class Ours:
    """The `Step` program, which runs a plan."""

    def __init__(self, program, plan):
        self.process = subprocess.Popen([program, plan], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, steps):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        times = [int(t) for t in self.process.stdout.readline().split()]
        if len(times) != steps:
            raise SystemExit("the step program stopped")
        return times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="the executable Step")
    parser.add_argument("plan")
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--steps", type=int, default=10, help="steps of each in a round")
    options = parser.parse_args()

    torch.set_num_threads(1)
    ours, theirs = Ours(options.program, options.plan), Torch(options.size, options.classes)
    ours.run(5), theirs.run(5)
    all_ours, all_theirs = [], []
    for number in range(options.rounds):
        all_ours += ours.run(options.steps)
        all_theirs += theirs.run(options.steps)
    a, b = statistics.median(all_ours), statistics.median(all_theirs)
    print(f"full step @{options.size}, batch 1, medians of {len(all_ours)} steps in {options.rounds} rounds:")
    print(f"  espalier {a / 1e6:6.2f} ms")
    print(f"  pytorch  {b / 1e6:6.2f} ms")
    print(f"  ratio    {a / b:6.2f}   (the goal is at most 2)")


if __name__ == "__main__":
    main()
