"""Reads what `espalier data pack` wrote, by the byte table in Sources/Runtime/Image/FORMAT.md."""

import struct
from pathlib import Path

import numpy as np


def read_pack(path):
    """x (samples x channels x height x width, normalized as the compiler's runner does) and y."""
    data = Path(path).read_bytes()
    magic, version, _, length = struct.unpack_from("<8sIIQ", data)
    if magic != b"ESPPACK\0" or version != 1 or length != len(data):
        raise SystemExit(f"{path} is no packed data of version 1")
    samples, _, channels, height, width, element, layout, labels, label_size, _ = struct.unpack_from("<10I", data, 24)
    (scale,) = struct.unpack_from("<f", data, 64)
    mean, deviation = (np.frombuffer(data, "<f4", channels if channels <= 16 else 1, at) for at in (72, 136))
    x_at, x_count, y_at, y_count = struct.unpack_from("<4Q", data, 200)

    x = np.frombuffer(data, "<f4" if element else "u1", x_count // (4 if element else 1), x_at)
    last = layout == 2
    x = x.reshape((samples, height, width, channels) if last else (samples, channels, height, width))
    if not element:
        shape = (-1,) if last else (-1, 1, 1)
        x = (x.astype(np.float32) * np.float32(scale) - mean.reshape(shape)) / deviation.reshape(shape)
    y = np.frombuffer(data, "<f4" if labels else "<i4", y_count // 4, y_at)
    if labels:
        y = y.reshape(samples, label_size)
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2) if last else x), y
