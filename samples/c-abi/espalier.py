"""Espalier from Python: opens a plan, trains it, judges it, predicts with it.

A layer over libespalier, which `Sources/CEspalier/build.sh` builds; numpy is all it needs beside. Arrays are handed over
as they lie in memory: nothing is copied on the way, so an array of another type, order or shape is refused.

    with espalier.Session("model.plan") as session:
        for step in range(100):
            report = session.step(x[batch(step)], y[batch(step)])
        session.save("model.ckpt")
        classes, probabilities = session.classify(x)

A session is used by one thread at a time; sessions of their own may run in threads of their own, at the same time.
"""

from __future__ import annotations

import ctypes
import json
import os
import weakref
from collections.abc import Iterator, Sequence
from ctypes import byref, c_int, c_size_t, c_uint64, c_void_p
from dataclasses import dataclass
from enum import IntEnum
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from libespalier import (
    FLIP,
    KEEP_ORDER,
    SHIFT,
    TYPES,
    EspalierError,
    FormatStruct,
    OrderStruct,
    Path,
    PlanStruct,
    PredictionsStruct,
    ProgressStruct,
    ReportStruct,
    ScoreStruct,
    Status,
    aligned,
    block,
    load_library,
)

Floats = npt.NDArray[np.float32]
Classes = npt.NDArray[np.int32]

__all__ = [
    "Data", "EspalierError", "Layout", "Plan", "Progress", "Report", "Score", "Session", "Status", "aligned",
    "load_library",
]  # fmt: skip


class Layout(IntEnum):
    """How the numbers of one sample follow each other: as in the model's own input, or height x width x channels."""

    MODEL = 0
    PICTURE = 1


@dataclass(frozen=True)
class Plan:
    """What a plan is; sizes in bytes. `sample_shape` is that of one sample in the session's format."""

    arena_bytes: int
    persistent_bytes: int
    image_bytes: int
    batch: int
    accumulation: int
    sample_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    layout: Layout
    classes: int
    label_shape: tuple[int, ...]
    outputs: int
    planned_steps: int
    digest: str
    mode: str


@dataclass(frozen=True)
class Report:
    """What a step, or an update of several steps, came to; `correct` is None where labels are targets."""

    step: int
    samples: int
    correct: int | None
    loss: float
    learning_rate: float
    is_update: bool


@dataclass(frozen=True)
class Score:
    """How well predictions meet labels: `correct` for classes, `mean_squared_error` for targets, the other is 0."""

    samples: int
    correct: int
    mean_squared_error: float


@dataclass(frozen=True)
class Progress:
    """How far training has come; `samples`, `correct` and `loss` are sums over all steps."""

    step: int
    micro_step: int
    seed: int
    epoch: int
    position: int
    samples: int
    correct: int
    loss: float


def _refuse(text: str, next_step: str) -> EspalierError:
    return EspalierError(Status.USAGE, f"{text}; next: {next_step}")


def _check(name: str, array: npt.NDArray[Any], dtype: np.dtype[Any], shapes: Sequence[tuple[int, ...]]) -> None:
    """Refuses what would have to be copied, and what means something else."""
    if not isinstance(array, np.ndarray):
        raise _refuse(f"{name} is no numpy array", f"np.asarray({name}, np.{dtype})")
    if array.dtype != dtype:
        raise _refuse(f"{name} is {array.dtype}, the session takes {dtype}", f"{name}.astype(np.{dtype})")
    if array.shape not in shapes:
        expected = " or ".join(str(shape) for shape in shapes)
        raise _refuse(f"{name} has shape {array.shape}, the session takes {expected}", "see Session.plan")
    if not array.flags.c_contiguous:
        raise _refuse(f"{name} does not lie in one piece", f"np.ascontiguousarray({name})")


def _shapes(array: npt.NDArray[Any], count: int, shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """What an array of samples may have: the model's own shape, flat rows, and other axes of size one."""
    shapes = [(count, *shape), (count, int(np.prod(shape)))]
    given = np.shape(array)
    if given[:1] == (count,) and [n for n in given[1:] if n != 1] == [n for n in shape if n != 1]:
        shapes.append(given)
    return shapes


class Data:
    """Packed data that are open; made by `Session.open_data`. Other sessions of the same plan may use them, too."""

    def __init__(self, library: ctypes.CDLL, memory: ctypes.Array[c_uint64], samples: int, training: int) -> None:
        self._block = memory
        self._finalizer = weakref.finalize(self, _close, library.espalier_data_close, memory)
        self.samples = samples
        """All samples."""
        self.training = training
        """How many of them, from the first on, are for training; the others are for evaluation."""

    @property
    def address(self) -> int:
        """The block, for the functions of the library."""
        return ctypes.addressof(self._block)

    def close(self) -> None:
        """Unmaps the file; what uses the data afterwards is refused."""
        self._finalizer()

    def __enter__(self) -> Data:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Session:
    """A plan that is open, and its training, in an arena of exactly the planned size."""

    def __init__(
        self,
        plan: Path | bytes | npt.NDArray[np.uint8],
        checkpoint: Path | None = None,
        *,
        arena: npt.NDArray[np.uint8] | None = None,
        library: ctypes.CDLL | Path | None = None,
    ) -> None:
        """Opens a plan and begins with its weights, or goes on from a checkpoint.

        plan: a file, which is mapped; or its bytes, which are used as they are if they are an array that starts on a
        multiple of 64 (see `aligned`).
        arena: `Plan.arena_bytes` on a multiple of 64; by default, memory of its own.
        library: what `load_library` gives, or the path of the library.

        Raises EspalierError, also where there is no library.
        """
        self._library = library if isinstance(library, ctypes.CDLL) else load_library(library)
        self._block = block(self._library.espalier_session_size())
        self._address = ctypes.addressof(self._block)
        self._finalizer = weakref.finalize(self, _close, self._library.espalier_close, self._block)
        size = ctypes.sizeof(self._block)
        if isinstance(plan, (bytes, bytearray, memoryview, np.ndarray)):
            self._image = _image(plan)
            self._call("open", size, self._image.ctypes.data, self._image.nbytes)
        else:
            self._call("open_file", size, _whole(os.fsencode(plan)))
        try:
            self._plan = self._read_plan()
            self._arena = aligned(self._plan.arena_bytes) if arena is None else arena
            _check("arena", self._arena, np.dtype(np.uint8), [(self._arena.size,)])
            if not self._arena.flags.writeable:
                raise _refuse("the arena cannot be written to", "give memory of your own: aligned(plan.arena_bytes)")
            self._call("start", self._arena.ctypes.data, self._arena.nbytes)
            if checkpoint is not None:
                self.load(checkpoint)
        except EspalierError:
            self.close()
            raise

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, "espalier_" + name)(self._address, *arguments)
        if status != Status.OK:
            text = self._library.espalier_error_text(self._address)
            raise EspalierError(Status(status), text.decode("utf-8", "replace"))

    def close(self) -> None:
        """Ends the session; calls that follow are refused."""
        self._finalizer()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- What the plan is ----

    def _read_plan(self) -> Plan:
        info = PlanStruct()
        self._call("info", byref(info))
        return Plan(
            arena_bytes=info.arena_bytes, persistent_bytes=info.persistent_bytes, image_bytes=info.image_bytes,
            batch=info.batch, accumulation=info.accumulation,
            sample_shape=tuple(info.shape[: info.rank]),
            dtype=next(dtype for dtype, value in TYPES.items() if value == info.type), layout=Layout(info.layout),
            classes=info.classes, label_shape=tuple(info.label_shape[: info.label_rank]), outputs=info.outputs,
            planned_steps=info.planned_steps, digest=bytes(info.digest).hex(), mode=info.mode.decode(),
        )  # fmt: skip

    def share(self, threads: int) -> int:
        """Shares the convolutions of a plan in integers among so many threads from now on, 1 to 64, to the same bits.

        Gives the bytes of scratch that they take beside the arena: 0 where they need none, or the plan has nothing to
        share. A process that fork makes has one thread again."""
        scratch = c_uint64()
        self._call("share", threads, byref(scratch))
        return scratch.value

    @property
    def plan(self) -> Plan:
        """What the plan is, and what its samples look like."""
        return self._plan

    @property
    def metadata(self) -> dict[str, Any]:
        """All that the compiler says about the plan."""
        text, size = c_void_p(), c_size_t()
        self._call("metadata", byref(text), byref(size))
        result: dict[str, Any] = json.loads(ctypes.string_at(text.value or 0, size.value)) if size.value else {}
        return result

    def set_format(
        self,
        dtype: npt.DTypeLike = np.float32,
        layout: Layout | None = None,
        *,
        scale: float = 1.0,
        mean: Sequence[float] | float = 0.0,
        deviation: Sequence[float] | float = 1.0,
    ) -> None:
        """Says what samples look like from now on; without arguments, floats in the model's own shape.

        dtype: float32, or uint8: a byte b of channel c stands for (b x scale - mean[c]) / deviation[c].
        layout: None is that of the model's own input. Of more than 16 channels, the first entry serves all.
        """
        kind = TYPES.get(np.dtype(dtype))
        if kind is None:
            raise _refuse(f"samples cannot be {np.dtype(dtype)}", "take np.float32 or np.uint8")
        form = FormatStruct(type=kind, layout=Layout.MODEL if layout is None else layout, scale=scale)
        for name, values in (("mean", mean), ("deviation", deviation)):
            given = np.asarray(values, np.float32)
            if given.ndim > 1 or (given.ndim == 1 and given.size not in self._plan.sample_shape) or given.size > 16:
                raise _refuse(f"{name} has shape {given.shape}", "give one number, or one a channel, 16 at most")
            entries = np.broadcast_to(given, given.shape or (16,))
            getattr(form, name)[: len(entries)] = entries.tolist()
        self._call("set_format", byref(form))
        self._plan = self._read_plan()

    # ---- Samples in arrays ----

    def _samples(self, x: npt.NDArray[Any], count: int) -> None:
        _check("x", x, self._plan.dtype, _shapes(x, count, self._plan.sample_shape))

    def _labels(self, y: npt.NDArray[Any], count: int) -> None:
        if self._plan.classes > 0:
            _check("y", y, np.dtype(np.int32), _shapes(y, count, ()))
        else:
            _check("y", y, np.dtype(np.float32), _shapes(y, count, self._plan.label_shape))

    def step(self, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Report:
        """Trains one batch: x [batch, ...] in the session's format, y int32 [batch], or float32 [batch, elements].

        Raises EspalierError: DIVERGED where the loss is no finite number; weights may then have become useless.
        """
        self._samples(x, self._plan.batch)
        self._labels(y, self._plan.batch)
        report = ReportStruct()
        self._call("step", x.ctypes.data, x.nbytes, y.ctypes.data, y.nbytes, byref(report))
        return _report(report)

    def evaluate(self, x: npt.NDArray[Any] | Data, y: npt.NDArray[Any] | None = None) -> Score:
        """Predicts samples, any number of them, and compares with labels; or those of packed data for evaluation.

        Raises EspalierError, as every prediction: DIVERGED where what the network gives is infinite or no number."""
        score = ScoreStruct()
        if isinstance(x, Data):
            self._call("evaluate_data", x.address, byref(score))
        else:
            if y is None:
                raise _refuse("there are no labels", "evaluate(x, y)")
            self._samples(x, len(x))
            self._labels(y, len(x))
            self._call("evaluate", len(x), x.ctypes.data, x.nbytes, y.ctypes.data, y.nbytes, byref(score))
        return Score(score.samples, score.correct, score.mean_squared_error)

    def predict(self, x: npt.NDArray[Any] | Data, out: Floats | None = None) -> Floats:
        """Logits of samples, any number of them: float32 [samples, outputs], in `out` where that is given."""
        count = x.samples if isinstance(x, Data) else len(x)
        shape = (count, self._plan.outputs)
        logits = np.empty(shape, np.float32) if out is None else out
        _check("out", logits, np.dtype(np.float32), [shape])
        if not logits.flags.writeable:
            raise _refuse("out cannot be written to", "give an array of your own: np.empty(shape, np.float32)")
        self._predict(x, count, logits=logits)
        return logits

    def classify(self, x: npt.NDArray[Any] | Data) -> tuple[Classes, Floats]:
        """Classes of samples, any number of them, and the probability of each: int32 and float32 [samples]."""
        count = x.samples if isinstance(x, Data) else len(x)
        classes, probabilities = np.empty(count, np.int32), np.empty(count, np.float32)
        self._predict(x, count, classes=classes, probabilities=probabilities)
        return classes, probabilities

    def _predict(self, x: npt.NDArray[Any] | Data, count: int, **results: npt.NDArray[Any]) -> None:
        request = PredictionsStruct()
        for name, array in results.items():
            setattr(request, name, array.ctypes.data)
            setattr(request, name + "_bytes", array.nbytes)
        if isinstance(x, Data):
            self._call("predict_data", x.address, 0, count, byref(request))
        else:
            self._samples(x, count)
            self._call("predict", count, x.ctypes.data, x.nbytes, byref(request))

    # ---- Packed data ----

    def open_data(self, path: Path) -> Data:
        """Maps and checks packed data that go with the plan."""
        memory = block(self._library.espalier_data_size())
        address = ctypes.addressof(memory)
        self._call("data_open", address, ctypes.sizeof(memory), _whole(os.fsencode(path)))
        samples, training = c_uint64(), c_uint64()
        self._call("data_count", address, byref(samples), byref(training))
        return Data(self._library, memory, samples.value, training.value)

    def train(
        self, data: Data, steps: int | None = None, *, seed: int = 0, shuffle: bool = True, flip: bool = False,
        shift: bool = False,
    ) -> Iterator[Report]:  # fmt: skip
        """Does updates on packed data until `steps` are done from the very beginning, by default those planned for.

        Each one is done when its report is asked for. The bytes of checkpoints are those of `espalier train`.
        seed: decides the order; once training has begun, 0 or the seed that it began with.
        """
        if not 0 <= seed < 2**64:
            raise _refuse(f"seed is {seed}", "give one from 0 to 2**64 - 1")
        flags = (0 if shuffle else KEEP_ORDER) | (FLIP if flip else 0) | (SHIFT if shift else 0)
        order, report = OrderStruct(seed=seed, flags=flags), ReportStruct()
        total = self._plan.planned_steps if steps is None else steps
        while self.progress.step < total:
            self._call("train", data.address, byref(order), byref(report))
            yield _report(report)

    # ---- Checkpoints ----

    @property
    def progress(self) -> Progress:
        """How far training has come."""
        progress = ProgressStruct()
        self._call("get_progress", byref(progress))
        return Progress(**{name: getattr(progress, name) for name, *_ in ProgressStruct._fields_})

    def follow(self, plan: str | None) -> None:
        """Lets updates follow one of several plans from now on; None: whoever's turn it is."""
        self._call("follow", None if plan is None else _whole(plan.encode()))

    def reset(self) -> None:
        """Goes back to the weights of the plan."""
        self._call("reset")

    def save(self, path: Path) -> None:
        """Writes a checkpoint, whole or not at all; what was there becomes `path`.previous, or stays if it is none."""
        self._call("save", _whole(os.fsencode(path)))

    def load(self, path: Path) -> str | None:
        """Goes on from a checkpoint; returns why `path`.previous was taken instead, None where it was not."""
        slot = c_int()
        self._call("load", _whole(os.fsencode(path)), byref(slot))
        if slot.value == 0:
            return None
        text: bytes = self._library.espalier_error_text(self._address)
        return text.decode("utf-8", "replace")


def _whole(name: bytes) -> bytes:
    """A name, which ends for the library where its first NUL is."""
    if b"\0" in name:
        raise _refuse("a name has a NUL in it", "give it without")
    return name


def _close(function: Any, memory: ctypes.Array[c_uint64]) -> None:
    """Ends what a block holds; as a finalizer's argument the block outlives its object until then."""
    function(ctypes.addressof(memory))


def _image(plan: bytes | bytearray | memoryview | npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The bytes of a plan where they are, or a copy that is aligned."""
    image = np.frombuffer(plan, np.uint8)
    if image.ctypes.data % 64 == 0:
        return image
    copy = aligned(image.size)
    copy[:] = image
    return copy


def _report(report: ReportStruct) -> Report:
    correct = None if report.correct < 0 else report.correct
    return Report(report.step, report.samples, correct, report.loss, report.learning_rate, report.is_update != 0)
