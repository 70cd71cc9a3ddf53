"""The sample networks as a device trains them: BatchNorm folded into the convolutions, then frozen.

Every trained tensor goes by the compiler's name: a weight by its initializer, the bias that folding creates
by `<weight name>.bias`, a new classifier by `head.weight` and `head.bias`.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "samples" / "quickstart"))
from nets import NETS  # noqa: E402


def parent_of(net, name):
    path, _, leaf = name.rpartition(".")
    return net.get_submodule(path), leaf


@torch.no_grad()
def fold(net):
    """Folds each BatchNorm into the convolution before it; computed in double so that the order does not matter."""
    convolution = None
    for name, module in list(net.named_modules()):
        if isinstance(module, nn.Conv2d):
            convolution = module
        elif isinstance(module, nn.BatchNorm2d):
            scale = module.weight.double() / (module.running_var.double() + module.eps).sqrt()
            convolution.weight.copy_(convolution.weight.double() * scale.view(-1, 1, 1, 1))
            convolution.bias = nn.Parameter((module.bias.double() - module.running_mean.double() * scale).float())
            setattr(*parent_of(net, name), nn.Identity())


def read_head(path):
    """`head.weight` (classes x features) and `head.bias`, from an exported ONNX file or an .npz."""
    if str(path).endswith(".npz"):
        stored = np.load(path)
        return stored["head.weight"], stored["head.bias"]
    tensors = {i.name: i for i in onnx.load(path).graph.initializer}
    return tuple(onnx.numpy_helper.to_array(tensors[name]) for name in ("head.weight", "head.bias"))


@torch.no_grad()
def replace_head(net, path):
    weight, bias = read_head(path)
    name = [n for n, m in net.named_modules() if isinstance(m, nn.Linear)][-1]
    head = nn.Linear(weight.shape[1], weight.shape[0])
    head.weight.copy_(torch.tensor(weight))
    head.bias.copy_(torch.tensor(bias))
    setattr(*parent_of(net, name), head)


def layers(net, new_head):
    """[(weight name, weight, bias name, bias)] of the weighted layers, in the order of the graph."""
    result = []
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d):
            result.append((f"{name}.weight", module.weight, f"{name}.weight.bias", module.bias))
        elif isinstance(module, nn.Linear):
            name = "head" if new_head else name
            result.append((f"{name}.weight", module.weight, f"{name}.bias", module.bias))
    return result


def trained(all_layers, policy):
    """{tensor name: parameter} that a preset policy trains."""
    *_, head = all_layers
    if policy == "bias":
        return {bias: b for _, _, bias, b in all_layers} | {head[0]: head[1]}
    count = {"head": 1, "full": len(all_layers)}.get(policy) or int(policy.removeprefix("last-"))
    chosen = all_layers[-count:]
    return {weight: w for weight, w, _, _ in chosen} | {bias: b for _, _, bias, b in chosen}


def scales(net):
    """{tensor name: factors} of the outputs of each convolution, which they are multiplied with from now on."""
    result = {}
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d):
            factors = torch.ones(module.out_channels, dtype=module.weight.dtype)
            module.register_forward_hook(lambda _, __, output, f=factors: output * f.view(1, -1, 1, 1))
            result[f"{name}.weight.scale"] = factors
    return result


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--net", choices=NETS, required=True)
    parser.add_argument("--policy", required=True, help="full, bias, head, scale or last-K")
    parser.add_argument("--data", required=True, help=".npz with x (N x 3 x H x W, float32) and y (classes)")
    parser.add_argument("--head", help="file with head.weight and head.bias: exported ONNX or .npz")
    parser.add_argument("--label-smoothing", type=float, default=0.0)
    parser.add_argument("--double", action="store_true", help="compute in double precision")
    parser.add_argument("-o", "--output", required=True)
    return parser


def prepare(options):
    """The folded network, its trained tensors by name, x and y, as the options ask for."""
    data = np.load(options.data)
    x, y = torch.tensor(data["x"]), torch.tensor(data["y"].astype(np.int64))
    net = NETS[options.net](x.shape[-1])
    fold(net)
    if options.head:
        replace_head(net, options.head)
    if options.double:
        net, x = net.double(), x.double()
    net.requires_grad_(False)
    all_layers = layers(net, bool(options.head))
    if options.policy == "scale":
        tensors = scales(net) | trained(all_layers, "head")
    else:
        tensors = trained(all_layers, options.policy)
    for parameter in tensors.values():
        parameter.requires_grad_(True)
    return net, tensors, x, y
