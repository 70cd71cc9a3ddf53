"""Writes what all start from: tensors of the model that Espalier exported and a batch of noise, for peers in one file.

Usage: prepare_network.py MODEL.onnx SIZE BATCH...

Writes MODEL.npz, batch-BATCH.npz and noise.npz of 64 samples beside the model.
"""

import sys
from pathlib import Path

import numpy as np
import onnx

from network import names


def main():
    model, size, batches = Path(sys.argv[1]), int(sys.argv[2]), [int(word) for word in sys.argv[3:]]
    tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(model).graph.initializer}
    if set(tensors) != set(names()):
        raise SystemExit(f"{model} has other tensors than network.py")
    count = max(64, *batches)
    generator = np.random.default_rng(1)
    x = generator.uniform(-1, 1, (count, 3, size, size)).astype(np.float32)
    y = generator.integers(0, 10, count)
    most = max(8, *batches)
    np.savez(model.with_suffix(".npz"), x=x[:most], y=y[:most], **tensors)
    np.savez(model.with_name("noise.npz"), x=x, y=y)
    for batch in batches:
        np.savez(model.with_name(f"batch-{batch}.npz"), x=x[:batch], y=y[:batch])


if __name__ == "__main__":
    main()
