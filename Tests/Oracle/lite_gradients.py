"""Loss, logits and gradients of MobileNetV2 with trained branches beside its blocks, by PyTorch's autograd."""

import numpy as np
import onnx
import torch
from torch.nn import functional

from folded import arguments, prepare


def branch(x, y, tensors, prefix):
    """What the branch beside a block adds to its result: mean, groups of 5x5, ReLU, 1x1, nearest, cut to size."""
    ratio = 2 * -(-x.shape[-1] // y.shape[-1])
    rest = -x.shape[-1] % ratio
    inner = functional.avg_pool2d(functional.pad(x, (0, rest, 0, rest)), ratio)
    hidden = functional.conv2d(inner, tensors[f"{prefix}.conv"], tensors[f"{prefix}.conv.bias"], padding=2, groups=2)
    result = functional.conv2d(functional.relu(hidden), tensors[f"{prefix}.point"], tensors[f"{prefix}.point.bias"])
    grown = functional.interpolate(result, scale_factor=-(-y.shape[-1] // result.shape[-1]), mode="nearest")
    return grown[..., : y.shape[-2], : y.shape[-1]]


def main():
    options = arguments(__doc__).parse_args()
    net, heads, x, y = prepare(options)
    stored = {i.name: onnx.numpy_helper.to_array(i) for i in onnx.load(options.head).graph.initializer}
    tensors = {
        name: torch.tensor(values, dtype=x.dtype, requires_grad=True)
        for name, values in stored.items()
        if name.removesuffix(".bias").endswith((".lite.conv", ".lite.point"))
    }
    for index, block in enumerate(net.features):
        if type(block).__name__ != "InvertedResidual":
            continue
        last = [name for name, module in block.named_modules() if isinstance(module, torch.nn.Conv2d)][-1]
        prefix = f"features.{index}.{last}.weight.lite"
        block.register_forward_hook(lambda _, inputs, result, p=prefix: result + branch(inputs[0], result, tensors, p))
    logits = net(x)
    loss = functional.cross_entropy(logits, y)
    loss.backward()
    result = {"loss": loss.item(), "logits": logits.detach().numpy()}
    result |= {f"grad/{name}": tensor.grad.numpy() for name, tensor in (tensors | heads).items()}
    np.savez(options.output, **result)
    print(f"{options.output}: loss {loss.item():.6f}, gradients of {len(tensors)} tensors of branches")


if __name__ == "__main__":
    main()
