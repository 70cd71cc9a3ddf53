"""Writes seeded pictures and classes as .npz: smooth blobs with noise, in the range of normalized photos."""

import argparse

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()

    generator = np.random.default_rng(options.seed)
    cell = 8
    cells = -(-options.size // cell)
    coarse = generator.standard_normal((options.count, 3, cells, cells))
    blobs = coarse.repeat(cell, 2).repeat(cell, 3)[:, :, : options.size, : options.size]
    x = blobs + 0.3 * generator.standard_normal(blobs.shape)
    y = generator.integers(options.classes, size=options.count)
    np.savez(options.output, x=x.astype(np.float32), y=y.astype(np.int64))


if __name__ == "__main__":
    main()
