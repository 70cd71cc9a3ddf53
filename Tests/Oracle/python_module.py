"""The Python module over libespalier, on plans and files that the command made: python_module.py FOLDER PLAN.

Prints one JSON object with every refusal's status and text; ends with an error where a result is not the command's.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import espalier
import numpy as np

folder = Path(sys.argv[1])
plan = folder / sys.argv[2]
packed = folder / "d.pack"
arrays = np.load(folder / "d.npz")
x, y = arrays["x"].astype(np.float32), arrays["y"].astype(np.int32)
predictions = np.load(folder / "p.npz")


def equal(name: str, mine: object, expected: object) -> None:
    if not np.array_equal(np.asarray(mine), np.asarray(expected)):
        sys.exit(f"{name}: {mine} instead of {expected}")


def predicts_as_the_command() -> None:
    with espalier.Session(plan, folder / "h.ckpt") as session:
        equal("logits", session.predict(x), predictions["logits"])
        out = np.empty((5, session.plan.outputs), np.float32)
        equal("logits in place", session.predict(x[:5], out), predictions["logits"][:5])
        classes, probabilities = session.classify(x)
        equal("classes", classes, predictions["classes"])
        equal("range of probabilities", bool((probabilities > 1 / 3 - 1e-6).all() and (probabilities <= 1).all()), True)
        with session.open_data(packed) as data:
            equal("samples", (data.samples, data.training), (48, 36))
            equal("logits of packed data", session.predict(data), predictions["logits"])
            score = session.evaluate(data)
            equal("score", score, session.evaluate(x[36:], y[36:]))
            equal("correct", score.correct, (predictions["classes"][36:] == y[36:]).sum())


def trains_in_any_memory() -> None:
    image = np.fromfile(plan, np.uint8)
    shifted = espalier.aligned(image.size + 1)[1:]
    shifted[:] = image
    results = []
    for source in (plan, image.tobytes(), shifted):
        with espalier.Session(source) as probe:
            arena = espalier.aligned(probe.plan.arena_bytes)
        with espalier.Session(source, arena=arena) as session:
            size = session.plan.batch
            for first in range(0, 24, size):
                session.step(x[first : first + size], y[first : first + size])
            session.save(folder / "memory.ckpt")
            equal("mode", session.plan.mode, session.metadata["report"]["mode"])
        results.append((folder / "memory.ckpt").read_bytes())
    equal("sources", len(set(results)), 1)


def goes_on_and_back() -> None:
    with espalier.Session(plan) as session, session.open_data(packed) as data:
        fresh = session.predict(x[:4])
        equal("steps", [report.step for report in session.train(data, 3)], [1, 2, 3])
        session.save(folder / "three.ckpt")
        equal("no more steps", list(session.train(data, 3)), [])
        equal("previous slot", session.load(folder / "three.ckpt") is None, True)
        session.follow(None)
        session.reset()
        equal("weights of the plan", session.predict(x[:4]), fresh)


def bytes_are_samples() -> None:
    pictures = (np.arange(4 * 192) * 37).astype(np.uint8).reshape(4, 3, 8, 8)
    mean, deviation = np.float32([0.5, 0.25, 0.125]).reshape(3, 1, 1), np.float32(2)
    with espalier.Session(plan) as session:
        expected = session.predict((pictures.astype(np.float32) * np.float32(0.25) - mean) / deviation)
        session.set_format(np.uint8, scale=0.25, mean=mean.ravel().tolist(), deviation=2.0)
        equal("bytes", session.predict(pictures), expected)
        session.set_format(np.uint8, espalier.Layout.PICTURE, scale=0.25, mean=mean.ravel().tolist(), deviation=2.0)
        equal("shape", session.plan.sample_shape, (8, 8, 3))
        equal("picture", session.predict(np.ascontiguousarray(pictures.transpose(0, 2, 3, 1))), expected)


def refusals() -> dict[str, tuple[int, str]]:
    session = espalier.Session(plan)
    data = session.open_data(packed)
    closed = espalier.Session(plan)
    closed.close()
    data_closed = session.open_data(packed)
    data_closed.close()
    size = session.plan.arena_bytes
    constant = b"\x2a" * (16 * session.plan.outputs)
    frozen = np.frombuffer(constant, np.float32).reshape(4, -1)
    (folder / "mapped").write_bytes(constant)
    mapped = np.memmap(folder / "mapped", np.float32, "r", shape=(4, session.plan.outputs))
    calls: dict[str, Callable[[], object]] = {
        "type": lambda: session.predict(x.astype(np.float64)),
        "shape": lambda: session.predict(x[:, :, :4]),
        "order": lambda: session.predict(x[::2]),
        "list": lambda: session.predict(x.tolist()),
        "batch": lambda: session.step(x[:3], y[:3]),
        "label type": lambda: session.step(x[:4], y[:4].astype(np.int64)),
        "class": lambda: session.step(x[:4], np.full(4, 9, np.int32)),
        "no labels": lambda: session.evaluate(x),
        "out": lambda: session.predict(x[:4], np.empty((4, 5), np.float32)),
        "out of bytes": lambda: session.predict(x[:4], frozen),
        "out of a file": lambda: session.predict(x[:4], mapped),
        "arena of bytes": lambda: espalier.Session(plan, arena=np.frombuffer(bytes(size), np.uint8)),
        "format": lambda: session.set_format(np.int16),
        "small arena": lambda: espalier.Session(plan, arena=espalier.aligned(64)),
        "no plan": lambda: espalier.Session(folder / "none.plan"),
        "bad plan": lambda: espalier.Session(packed),
        "bad bytes": lambda: espalier.Session(b"nothing"),
        "bad checkpoint": lambda: session.load(packed),
        "no checkpoint": lambda: session.load(folder / "none.ckpt"),
        "no folder": lambda: session.save(folder / "none" / "c.ckpt"),
        "over the plan": lambda: session.save(plan),
        "over the data": lambda: session.save(packed),
        "name cut": lambda: session.save(f"{folder}/nul\0.ckpt"),
        "plan cut": lambda: session.follow("a\0b"),
        "large seed": lambda: next(session.train(data, seed=2**64 + 5)),
        "negative seed": lambda: next(session.train(data, seed=-1)),
        "no number": lambda: session.step(np.full_like(x[:4], np.nan), y[:4]),
        "infinite": lambda: session.predict(np.full_like(x[:4], np.inf)),
        "no data": lambda: session.open_data(folder / "none.pack"),
        "other plan": lambda: session.follow("repair"),
        "closed": lambda: closed.predict(x[:4]),
        "closed data": lambda: session.predict(data_closed),
        "other seed": lambda: [next(session.train(data, seed=1)), next(session.train(data, seed=2))],
    }
    results = {}
    for name, call in calls.items():
        try:
            call()
        except espalier.EspalierError as error:
            results[name] = (int(error.status), str(error))
    equal("files of names that were cut", [path.name for path in folder.glob("nul*")], [])
    unchanged = b"\x2a" * len(constant)
    equal("memory that cannot be written to", [constant, (folder / "mapped").read_bytes()], [unchanged, unchanged])
    return results


predicts_as_the_command()
trains_in_any_memory()
goes_on_and_back()
bytes_are_samples()
print(json.dumps(refusals()))
