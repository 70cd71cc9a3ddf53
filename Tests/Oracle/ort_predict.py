"""Logits and classes of an ONNX model by ONNX Runtime, in the form of `espalier predict -o`."""

import argparse

import numpy as np
import onnxruntime

from packed import read_pack


def read(path):
    if path.endswith(".pack"):
        return read_pack(path)
    data = np.load(path)
    return data["x"], data["y"] if "y" in data.files else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("data", help=".pack, or .npz with x, and y if the accuracy is wanted")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()

    x, y = read(options.data)
    settings = onnxruntime.SessionOptions()
    # Fused integer kernels saturate 16-bit sums on processors without dot products; the graph as written does not.
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
    (info,) = session.get_inputs()
    # A model exported for one batch size takes no other.
    batch = info.shape[0] if isinstance(info.shape[0], int) else options.batch
    if len(x) % batch and isinstance(info.shape[0], int):
        raise SystemExit(f"{options.model} takes batches of {batch}, which does not divide {len(x)} samples")
    logits = np.concatenate([session.run(None, {info.name: x[i : i + batch]})[0] for i in range(0, len(x), batch)])
    classes = logits.argmax(1)
    np.savez(options.output, logits=logits, classes=classes)
    if y is not None:
        print(f"accuracy {(classes == y).mean():.4f} of {len(x)}")


if __name__ == "__main__":
    main()
