"""Reads what `espalier data pack` wrote, by the byte tables in Sources/Runtime/Image/FORMAT.md."""

import struct
from pathlib import Path

import numpy as np


def read_array(data, at, samples):
    """An array of all samples, normalized as the compiler's runner does; pictures have their channels first."""
    element, layout, rank, *sizes = struct.unpack_from("<11I", data, at + 8)
    scale, channels, step = struct.unpack_from("<fII", data, at + 52)
    mean, deviation = (np.frombuffer(data, "<f4", channels, at + offset) for offset in (64, 128))
    first, count = struct.unpack_from("<2Q", data, at + 192)
    dtype = ("u1", "<f4", "<i4")[element]
    array = np.frombuffer(data, dtype, count // np.dtype(dtype).itemsize, first)
    if element == 0:
        rows = array.reshape(samples, -1)
        entry = np.arange(rows.shape[1]) // step % channels
        array = (rows.astype(np.float32) * np.float32(scale) - mean[entry]) / deviation[entry]
    array = array.reshape(samples, *sizes[:rank])
    return np.ascontiguousarray(array.transpose(0, 3, 1, 2)) if layout == 1 else array


def read_pack(path):
    """x as the model takes it, and y."""
    data = Path(path).read_bytes()
    magic, version, _, length, samples = struct.unpack_from("<8sIIQI", data)
    if magic != b"ESPPACK\0" or version != 2 or length != len(data):
        raise SystemExit(f"{path} is no packed data of version 2")
    return read_array(data, 80, samples), read_array(data, 312, samples)
