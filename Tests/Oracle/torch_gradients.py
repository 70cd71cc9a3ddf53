"""Loss, logits and gradients of one batch by PyTorch's autograd, in the form of `espalier gradients`."""

import numpy as np
from torch.nn.functional import cross_entropy

from folded import arguments, prepare


def main():
    options = arguments(__doc__).parse_args()
    net, tensors, x, y = prepare(options)
    logits = net(x)
    loss = cross_entropy(logits, y, label_smoothing=options.label_smoothing)
    loss.backward()
    result = {"loss": loss.item(), "logits": logits.detach().numpy()}
    result |= {f"grad/{name}": parameter.grad.numpy() for name, parameter in tensors.items()}
    np.savez(options.output, **result)
    print(f"{options.output}: loss {loss.item():.6f}, gradients of {len(tensors)} tensors")


if __name__ == "__main__":
    main()
