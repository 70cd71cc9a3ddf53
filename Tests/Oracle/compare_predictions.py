"""Compares two prediction files; exit code 1 when a logit is off or a class is not that of the largest logit."""

import argparse

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="largest logit difference that is rounding")
    options = parser.parse_args()

    a, b = np.load(options.a), np.load(options.b)
    if a["logits"].shape != b["logits"].shape:
        raise SystemExit(f"shapes differ: {a['logits'].shape} and {b['logits'].shape}")
    largest = np.abs(a["logits"] - b["logits"]).max()
    different = int((a["classes"] != b["classes"]).sum())
    print(f"largest logit difference {largest:.2e}, different classes {different} of {len(a['classes'])}")
    inconsistent = any((f["classes"] != f["logits"].argmax(1)).any() for f in (a, b))
    if inconsistent or not largest <= options.tolerance:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
