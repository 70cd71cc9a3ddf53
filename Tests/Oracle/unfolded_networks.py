"""Networks whose normalizations stand in front of their convolutions, so that most of them fold into nothing.

`export` writes the ONNX file; `step` gives loss, logits and gradients of one batch by PyTorch's autograd in the form
of `espalier gradients`, and the losses of plain SGD over batches taken from the data in order. A normalization
directly behind a convolution that nothing else reads is multiplied into it here, too, as the product does; all others
are trained as they are. Running statistics are those of random pictures, far from 0 and 1.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, relu
from torch.nn.utils.fusion import fuse_conv_bn_eval

CLASSES = 10


class DenseLayer(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        y = self.conv1(relu(self.norm1(x)))
        return torch.cat([x, self.conv2(relu(self.norm2(y)))], 1)

    pairs = (("conv1", "norm2"),)


class Transition(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.conv = nn.Conv2d(channels, channels // 2, 1, bias=False)

    def forward(self, x):
        return nn.functional.avg_pool2d(self.conv(relu(self.norm(x))), 2)


class DenseNet(nn.Module):
    """Huang et al., Densely Connected Convolutional Networks, 2017."""

    def __init__(self, blocks, growth, width):
        super().__init__()
        self.conv0 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.norm0 = nn.BatchNorm2d(width)
        layers = []
        for index, count in enumerate(blocks):
            for _ in range(count):
                layers.append(DenseLayer(width, growth))
                width += growth
            if index + 1 < len(blocks):
                layers.append(Transition(width))
                width //= 2
        self.layers = nn.Sequential(*layers)
        self.norm5 = nn.BatchNorm2d(width)
        self.classifier = nn.Linear(width, CLASSES)

    def forward(self, x):
        x = nn.functional.max_pool2d(relu(self.norm0(self.conv0(x))), 3, 2, 1)
        x = relu(self.norm5(self.layers(x)))
        return self.classifier(x.mean((2, 3)))

    pairs = (("conv0", "norm0"),)


class PreActivationBlock(nn.Module):
    def __init__(self, channels, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, outputs, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = None if stride == 1 and channels == outputs else nn.Conv2d(channels, outputs, 1, stride)

    def forward(self, x):
        y = relu(self.bn1(x))
        short = x if self.shortcut is None else self.shortcut(y)
        return self.conv2(relu(self.bn2(self.conv1(y)))) + short

    pairs = (("conv1", "bn2"),)


class PreActivationResNet(nn.Module):
    """He et al., Identity Mappings in Deep Residual Networks, 2016."""

    def __init__(self, depth, widths):
        super().__init__()
        self.stem = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        blocks, channels = [], widths[0]
        for index, width in enumerate(widths):
            for number in range(depth):
                blocks.append(PreActivationBlock(channels, width, 2 if index > 0 and number == 0 else 1))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, CLASSES)

    def forward(self, x):
        return self.fc(relu(self.norm(self.blocks(self.stem(x)))).mean((2, 3)))

    pairs = ()


class Smooth(nn.Module):
    """Activation functions without corners, and nothing to normalize."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.first = nn.Conv2d(8, 12, 3, stride=2, padding=1, bias=False)
        self.second = nn.Conv2d(12, 12, 3, padding=1, bias=False)
        self.fc = nn.Linear(12, CLASSES)

    def forward(self, x):
        x = self.first(nn.functional.mish(self.stem(x)))
        x = nn.functional.softplus(self.second(nn.functional.mish(x))) + x
        return self.fc(x.mean((2, 3)))

    pairs = ()


NETWORKS = {
    "smooth": Smooth,
    "densenet121": lambda: DenseNet([6, 12, 24, 16], 32, 64),
    "densenet-small": lambda: DenseNet([2, 3], 8, 16),
    "preactivation-resnet": lambda: PreActivationResNet(2, [8, 16, 32]),
}


def network(name, size, seed):
    """A seeded network in evaluation mode, with the statistics of random pictures."""
    torch.manual_seed(seed)
    net = NETWORKS[name]()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.6, 1.4)
            nn.init.normal_(module.bias, 0, 0.1)
            module.momentum = 0.5
    net.train()
    with torch.no_grad():
        for _ in range(6):
            net(1.5 * torch.randn(16, 3, size, size) + 0.5)
    return net.eval()


def export(net, size, path):
    torch.onnx.export(
        net, (torch.zeros(1, 3, size, size),), path, input_names=["input"], output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}}, dynamo=False,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
    )


def fold(net):
    """The network with the normalizations behind convolutions multiplied in."""
    for module in net.modules():
        for conv, norm in getattr(module, "pairs", ()):
            fused = fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm))
            setattr(module, conv, fused.requires_grad_())  # a bias that folding made is none to learn otherwise
            setattr(module, norm, nn.Identity())
    return net


def name_in_file(net, name):
    """A bias that folding made has the name of its weight, and more."""
    owner = net.get_submodule(name.rpartition(".")[0])
    made = isinstance(owner, nn.Conv2d) and name.endswith(".bias") and owner not in shortcuts(net)
    return name.removesuffix(".bias") + ".weight.bias" if made else name


def shortcuts(net):
    return [m.shortcut for m in net.modules() if getattr(m, "shortcut", None) is not None]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=["export", "step"])
    parser.add_argument("--net", choices=NETWORKS, required=True)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", help=".npz with x and y")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--losses", help="JSON to write the losses of SGD to")
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()

    net = network(options.net, options.size, options.seed)
    if options.task == "export":
        export(net, options.size, options.output)
        return
    fold(net)
    arrays = np.load(options.data)
    x, y = torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["y"])
    logits = net(x[: options.batch])
    loss = cross_entropy(logits, y[: options.batch])
    loss.backward()
    result = {"loss": loss.item(), "logits": logits.detach().numpy()}
    result |= {f"grad/{name_in_file(net, n)}": p.grad.numpy().copy() for n, p in net.named_parameters()}
    np.savez(options.output, **result)
    if not options.losses:
        return
    optimizer = torch.optim.SGD(net.parameters(), lr=options.lr)
    losses = []
    for step in range(options.steps):
        batch = slice(step * options.batch, (step + 1) * options.batch)
        loss = cross_entropy(net(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    Path(options.losses).write_text(json.dumps({"losses": losses}) + "\n")


if __name__ == "__main__":
    main()
