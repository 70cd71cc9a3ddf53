"""Loss, logits and gradients of one batch of a quantized ONNX network, straight through its rounding.

What `espalier gradients` computes in the modes with float gradients, by PyTorch's autograd. Gradients are in real
(dequantized) units, in ONNX layout, and zero outside a trained region.
"""

import argparse

import numpy as np
import onnx
import torch
from torch.nn.functional import cross_entropy

import policies
from qdq_network import QDQNetwork


def gradient_in(region, leaf):
    if region is None:
        return leaf.grad.numpy()
    axis, first, end = region
    result = torch.zeros_like(leaf)
    result.narrow(axis, first, end - first).copy_(leaf.grad.narrow(axis, first, end - first))
    return result.numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="ONNX file with QuantizeLinear and DequantizeLinear")
    parser.add_argument("--policy", required=True, help="full, bias, head, last-K or a policy file (.json)")
    parser.add_argument("--data", required=True, help=".npz with x (N x C x H x W, float32) and y (classes)")
    parser.add_argument("--head", help="file with head.weight and head.bias: exported ONNX or .npz")
    parser.add_argument("--label-smoothing", type=float, default=0.0)
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()

    network = QDQNetwork(onnx.load(options.model), options.head)
    regions = policies.trained(policies.read(options.policy, network.layers), network.layers)
    data = np.load(options.data)
    logits = network(torch.tensor(data["x"].astype(np.float64)))
    classes = torch.tensor(data["y"].astype(np.int64))
    loss = cross_entropy(logits, classes, label_smoothing=options.label_smoothing)
    loss.backward()
    result = {"loss": loss.item(), "logits": logits.detach().numpy()}
    result |= {f"grad/{name}": gradient_in(region, network.leaves[name]) for name, region in regions.items()}
    np.savez(options.output, **result)
    print(f"{options.output}: loss {loss.item():.6f}, gradients of {len(regions)} tensors")


if __name__ == "__main__":
    main()
