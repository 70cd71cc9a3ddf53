"""libespalier as ctypes sees it: its structs, its functions, its errors. Programs import `espalier` instead."""

from __future__ import annotations

import ctypes
import os
from ctypes import (
    POINTER,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from enum import IntEnum
from typing import Any, Union

import numpy as np
import numpy.typing as npt

Path = Union[str, "os.PathLike[str]"]


class Status(IntEnum):
    """What a call came to; the numbers are the exit codes of the command line tool."""

    OK = 0
    DIVERGED = 1
    TOO_SMALL = 2
    USAGE = 64
    MALFORMED = 65
    NOT_FOUND = 66
    CANNOT_WRITE = 73
    CANNOT_READ = 74


class EspalierError(Exception):
    """A call that was refused; the text says why and what to do next."""

    def __init__(self, status: Status, text: str) -> None:
        super().__init__(text)
        self.status = status


AXES = 8
"""Axes that an array of one sample can have."""

# The structs of espalier.h, field by field.


class PlanStruct(ctypes.Structure):
    _fields_ = [
        *((name, c_uint64) for name in ("arena_bytes", "persistent_bytes", "image_bytes")),
        *((name, c_uint64) for name in ("sample_bytes", "label_bytes")),
        *((name, c_uint32) for name in ("batch", "accumulation", "rank")),
        ("shape", c_uint32 * AXES),
        *((name, c_uint32) for name in ("type", "layout", "classes", "label_elements", "label_rank")),
        ("label_shape", c_uint32 * AXES),
        *((name, c_uint32) for name in ("outputs", "planned_steps")),
        ("digest", c_uint8 * 32),
        ("mode", ctypes.c_char * 16),
    ]


class FormatStruct(ctypes.Structure):
    _fields_ = [
        ("type", c_uint32),
        ("layout", c_uint32),
        ("scale", c_float),
        ("mean", c_float * 16),
        ("deviation", c_float * 16),
    ]


class ReportStruct(ctypes.Structure):
    _fields_ = [
        ("step", c_uint64),
        ("samples", c_uint64),
        ("correct", c_int64),
        ("loss", c_float),
        ("learning_rate", c_float),
        ("is_update", c_int32),
        ("reserved", c_int32),
    ]


class ScoreStruct(ctypes.Structure):
    _fields_ = [("samples", c_uint64), ("correct", c_uint64), ("mean_squared_error", c_double)]


class PredictionsStruct(ctypes.Structure):
    _fields_ = [
        (name, kind)
        for array in ("logits", "classes", "probabilities")
        for name, kind in ((array, c_void_p), (array + "_bytes", c_size_t))
    ]


class OrderStruct(ctypes.Structure):
    _fields_ = [("seed", c_uint64), ("flags", c_uint32), ("reserved", c_uint32)]


class ProgressStruct(ctypes.Structure):
    _fields_ = [
        *((name, c_uint64) for name in ("step", "micro_step", "seed", "epoch", "position", "samples", "correct")),
        ("loss", c_double),
    ]


ABI = 3
KEEP_ORDER, FLIP, SHIFT = 1, 2, 4
TYPES: dict[np.dtype[Any], int] = {np.dtype(np.uint8): 0, np.dtype(np.float32): 1}

# Functions that return a status, with what they take behind the session.
CALLS: dict[str, list[Any]] = {
    "open": [c_size_t, c_void_p, c_size_t],
    "open_file": [c_size_t, c_char_p],
    "close": [],
    "info": [POINTER(PlanStruct)],
    "metadata": [POINTER(c_void_p), POINTER(c_size_t)],
    "set_format": [POINTER(FormatStruct)],
    "start": [c_void_p, c_size_t],
    "share": [c_uint32, POINTER(c_uint64)],
    "step": [c_void_p, c_size_t, c_void_p, c_size_t, POINTER(ReportStruct)],
    "evaluate": [c_size_t, c_void_p, c_size_t, c_void_p, c_size_t, POINTER(ScoreStruct)],
    "predict": [c_size_t, c_void_p, c_size_t, POINTER(PredictionsStruct)],
    "data_open": [c_void_p, c_size_t, c_char_p],
    "data_count": [c_void_p, POINTER(c_uint64), POINTER(c_uint64)],
    "data_close": [],
    "train": [c_void_p, POINTER(OrderStruct), POINTER(ReportStruct)],
    "evaluate_data": [c_void_p, POINTER(ScoreStruct)],
    "predict_data": [c_void_p, c_size_t, c_size_t, POINTER(PredictionsStruct)],
    "get_progress": [POINTER(ProgressStruct)],
    "follow": [c_char_p],
    "reset": [],
    "save": [c_char_p],
    "load": [c_char_p, POINTER(c_int)],
}


def load_library(path: Path | None = None) -> ctypes.CDLL:
    """Loads libespalier: the file that is named here, or by ESPALIER_LIBRARY, or where the system finds it."""
    name = os.fspath(path or os.environ.get("ESPALIER_LIBRARY") or "libespalier.so.1")
    try:
        library = ctypes.CDLL(name)
    except OSError as error:
        raise EspalierError(
            Status.NOT_FOUND,
            f"{name} cannot be loaded: {error}; next: Sources/CEspalier/build.sh, and ESPALIER_LIBRARY names its file",
        ) from error
    for name, arguments in CALLS.items():
        function = getattr(library, "espalier_" + name)
        function.argtypes = [c_void_p, *arguments]
        function.restype = c_int
    for name in ("session_size", "data_size"):
        getattr(library, "espalier_" + name).restype = c_size_t
    library.espalier_error_text.argtypes = [c_void_p]
    library.espalier_error_text.restype = c_char_p
    if library.espalier_abi() != ABI:
        raise EspalierError(
            Status.USAGE,
            f"the library has version {library.espalier_abi()} of the interface, this module version {ABI}; "
            "next: take both from one version of espalier",
        )
    return library


def block(size: int) -> ctypes.Array[c_uint64]:
    """Memory on a multiple of 8 that stays where it is."""
    return (c_uint64 * ((size + 7) // 8))()


def aligned(count: int) -> npt.NDArray[np.uint8]:
    """Bytes that start on a multiple of 64, as arenas and images in memory have to."""
    memory = np.zeros(count + 64, np.uint8)
    first = -memory.ctypes.data % 64
    return memory[first : first + count]
