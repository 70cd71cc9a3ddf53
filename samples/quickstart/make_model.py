"""Writes a pretrained network as ONNX, the way a user would hand it to the compiler.

BatchNorm stays in the graph and initializers keep the names of the weights file, so what the compiler
folds, trains and writes back can be followed by name.
"""

import argparse
import warnings

import numpy as np
import onnx
import onnxruntime
import torch

from nets import NETS

# The exporter warns about its own internals; the check below says whether the result is right.
warnings.filterwarnings("ignore")


def export(net, size, path, opset):
    torch.onnx.export(
        net,
        torch.zeros(1, 3, size, size),
        path,
        dynamo=False,
        opset_version=opset,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
        # PRESERVE exports the evaluating network and yet leaves BatchNorm unfused.
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )


def largest_difference(net, size, path):
    """Largest difference of a logit between PyTorch and ONNX Runtime, over a batch of three."""
    x = torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = net(x).numpy()
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"input": x.numpy()})
    return float(np.abs(got - wanted).max()), float(np.abs(wanted).max())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", choices=NETS, default="mobilenetv2")
    parser.add_argument("--size", type=int, default=96, help="height and width of the pictures")
    parser.add_argument("--opset", type=int, default=17)
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()

    net = NETS[options.net](options.size)
    export(net, options.size, options.output, options.opset)
    model = onnx.load(options.output)
    onnx.checker.check_model(model, full_check=True)
    difference, scale = largest_difference(net, options.size, options.output)
    print(
        f"{options.output}: {options.net}, {len(model.graph.node)} nodes, "
        f"largest logit difference to PyTorch {difference:.2e} (largest logit {scale:.1f})"
    )
    if difference > 1e-4 * scale:
        raise SystemExit("the exported model differs from the PyTorch network")


if __name__ == "__main__":
    main()
