"""A random batch and what ONNX Runtime makes of it: x and the outputs by name, as .npz."""

import argparse

import numpy as np
import onnxruntime


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--batch", type=int, default=1, help="samples, where the model leaves their number open")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()

    session = onnxruntime.InferenceSession(options.model, providers=["CPUExecutionProvider"])
    (info,) = session.get_inputs()
    shape = [options.batch if isinstance(size, str) else size for size in info.shape]
    x = np.random.default_rng(options.seed).normal(size=shape).astype(np.float32)
    outputs = session.run(None, {info.name: x})
    np.savez(options.output, x=x, **{o.name: y for o, y in zip(session.get_outputs(), outputs, strict=True)})


if __name__ == "__main__":
    main()
