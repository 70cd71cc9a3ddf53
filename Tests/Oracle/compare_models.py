"""Whether ONNX models are valid and compute the same: the checker's and ONNX Runtime's word, two by two."""

import argparse
import sys

import numpy as np
import onnx
import onnxruntime


def outputs(path, batch):
    """Outputs by name for a seeded batch, after the checker has found nothing."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(1)
    inputs = {}
    for info in session.get_inputs():
        shape = [batch if isinstance(size, str) else size for size in info.shape]
        inputs[info.name] = rng.normal(size=shape).astype(np.float32)
    results = dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs), strict=True))
    # What the file says of its outputs holds.
    for info, value in zip(model.graph.output, results.values(), strict=True):
        declared = [d.dim_value for d in info.type.tensor_type.shape.dim]
        if any(size not in (0, actual) for size, actual in zip(declared, value.shape, strict=True)):
            raise SystemExit(f"{path} declares {declared} for {info.name} and computes {value.shape}")
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", help="A1 B1 A2 B2 ...")
    parser.add_argument("--batch", type=int, default=3)
    parser.add_argument("--rtol", type=float, default=1e-5, help="of the largest output")
    options = parser.parse_args()

    differ = False
    for a, b in zip(options.models[::2], options.models[1::2], strict=True):
        first, second = outputs(a, options.batch), outputs(b, options.batch)
        if first.keys() != second.keys():
            raise SystemExit(f"{a} has outputs {list(first)} and {b} has {list(second)}")
        for name, x in first.items():
            y = second[name]
            if x.shape != y.shape:
                raise SystemExit(f"{name} is {x.shape} in {a} and {y.shape} in {b}")
            error = np.abs(x - y).max() / np.abs(x).max()
            print(f"{a} {b} {name}: {error:.2e}")
            differ |= not error <= options.rtol
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
