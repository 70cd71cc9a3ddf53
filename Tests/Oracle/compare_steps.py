"""Counts by how many steps of their rounding two files of integer features differ; more than a few are a failure."""

import argparse

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--step", type=float, required=True)
    parser.add_argument("--most", type=float, default=0.25, help="largest part of the features that may differ")
    options = parser.parse_args()

    a, b = (np.load(path)["logits"] for path in (options.a, options.b))
    steps = np.abs(np.rint(a / options.step) - np.rint(b / options.step)).astype(int)
    counts = ", ".join(f"{(steps == step).sum()} by {step}" for step in np.unique(steps))
    print(f"of {steps.size} integers differ {counts}")
    if (steps != 0).mean() > options.most or steps.max() > 16:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
