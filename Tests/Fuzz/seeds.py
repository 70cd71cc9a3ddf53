"""Seeds of the fuzzers: small plans of every kind, and files that go with them.

    python Tests/Fuzz/seeds.py ESPALIER FOLDER

writes FOLDER/seeds with a folder for each kind of file, and FOLDER/plans with the paths of the plans.
"""

import os
import re
import struct
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

tool, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
random = np.random.default_rng(5)
kinds = {"plan": 0, "pack": 1, "checkpoint": 2, "ring": 3, "stream": 4, "delta": 5}

POLICY = """{ "policy": 1, "default": "frozen", "layers": [
  { "match": "pw", "train": "region", "input_channels": [1, 3], "bias": false },
  { "match": "dw", "train": "bias" }, { "match": "head*", "train": "full" } ] }
"""


class Net:
    def __init__(self, shape, outputs):
        self.nodes, self.constants = [], []
        self.x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N"] + shape)
        self.y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", outputs])

    def weight(self, name, shape, values=None):
        array = random.normal(0, 0.5, shape) if values is None else np.array(values)
        self.constants.append(numpy_helper.from_array(array.astype(np.float32), name))

    def integers(self, name, values):
        self.constants.append(numpy_helper.from_array(np.array(values, np.int64), name))

    def node(self, kind, inputs, outputs, **attributes):
        results = outputs.split()
        self.nodes.append(helper.make_node(kind, inputs.split(), results, name=results[0], **attributes))

    def save(self, path):
        graph = helper.make_graph(self.nodes, "net", [self.x], [self.y], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def blocks(name, side, *, residual):
    """A mobile network in small: what computes in integers, too."""
    net = Net([2, side, side], 3)
    net.weight("stem", [3, 2, 3, 3])
    net.node("Conv", "x stem", "a", pads=[1, 1, 1, 1], strides=[2, 2])
    net.node("Relu", "a", "b")
    net.weight("dw", [3, 1, 3, 3])
    net.weight("dw_bias", [3])
    net.node("Conv", "b dw dw_bias", "c", pads=[1, 1, 1, 1], group=3)
    net.constants += [numpy_helper.from_array(np.float32(v), n) for n, v in (("zero", 0), ("six", 6))]
    net.node("Clip", "c zero six", "d")
    net.weight("pw", [3, 3, 1, 1])
    net.node("Conv", "d pw", "e")
    if residual:
        net.node("Add", "e b", "f")
    net.node("GlobalAveragePool", "f" if residual else "e", "g")
    net.node("Flatten", "g", "h")
    net.weight("fc", [3, 3])
    net.weight("fc_bias", [3])
    net.node("Gemm", "h fc fc_bias", "y", transB=1)
    net.save(name + ".onnx")


def heavy():
    """Two convolutions whose weights are more than what they compute: optimizer state is paged out first."""
    net = Net([2, 4, 4], 3)
    net.weight("first", [12, 2, 3, 3])
    net.node("Conv", "x first", "a", pads=[1, 1, 1, 1])
    net.node("Relu", "a", "b")
    net.weight("second", [12, 12, 3, 3])
    net.node("Conv", "b second", "c", pads=[1, 1, 1, 1])
    net.node("Relu", "c", "d")
    net.node("GlobalAveragePool", "d", "e")
    net.node("Flatten", "e", "f")
    net.weight("fc", [3, 12])
    net.weight("fc_bias", [3])
    net.node("Gemm", "f fc fc_bias", "y", transB=1)
    net.save("heavy.onnx")


def moves():
    """What moves, reduces and normalizes elements, in floats."""
    net = Net([3, 4, 4], 5)
    for name, values in {
        "pads": [0, 0, 1, 1, 0, 0, 1, 1], "from": [1, 0], "to": [5, 6], "axes": [2, 3], "sizes": [1, 2],
        "picks": [2, 0, 1],
    }.items():
        net.integers(name, values)
    net.node("Pad", "x pads", "a")
    net.node("Slice", "a from to axes", "b")
    net.node("Transpose", "b", "c", perm=[0, 2, 3, 1])
    net.node("Transpose", "c", "d", perm=[0, 3, 1, 2])
    net.node("Split", "d sizes", "e f", axis=1)
    net.node("Concat", "f e", "g", axis=1)
    net.node("Gather", "g picks", "h", axis=1)
    net.weight("w", [3, 3, 2, 2])
    net.node("Conv", "h w", "i")
    net.weight("gamma", [3])
    net.weight("beta", [3])
    net.weight("mean", [3])
    net.weight("variance", [3], [1, 2, 0.5])
    net.node("Sigmoid", "i", "j")
    net.node("Mul", "i j", "k")
    net.node("BatchNormalization", "k gamma beta mean variance", "l")
    net.node("LRN", "l", "m", size=3, alpha=0.1)
    net.node("MaxPool", "m", "n", kernel_shape=[2, 2], ceil_mode=1)
    net.node("AveragePool", "n", "o", kernel_shape=[2, 2], pads=[1, 1, 0, 0], count_include_pad=1)
    net.node("LeakyRelu", "o", "p", alpha=0.1)
    net.node("ReduceMean", "p", "q", axes=[2], keepdims=0)
    net.node("Softmax", "q", "r", axis=2)
    net.node("Flatten", "r", "s")
    net.weight("fc", [12, 5])
    net.node("MatMul", "s fc", "y")
    net.save("moves.onnx")


def run(*words):
    done = subprocess.run([tool, *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{words}: {done.stderr}")


def cap(*words):
    """The smallest cap that values are paged out for, as the refusal of a smaller one says."""
    refused = subprocess.run([tool, *words, "--cap", "1000"], capture_output=True, text=True).stderr
    found = re.search(r"needs ([0-9,]+) bytes", refused)
    if not found:
        sys.exit(f"{words}: {refused}")
    return found[1].replace(",", "")


PAGED = ["--recompute", "none", "--codec", "none", "--patch", "none"]
PLANS = {
    "f32": ["blocks", "--mode", "f32", "--optimizer", "momentum", "--accumulate", "2"],
    "i8": ["blocks", "--mode", "i8", "--optimizer", "adam"],
    "i8t": ["blocks", "--mode", "i8t", "--optimizer", "momentum"],
    "i16g": ["blocks", "--mode", "i16g", "--optimizer", "lion"],
    "int4": ["blocks", "--mode", "f32", "--codec", "int4"],
    "rows": ["blocks", "--mode", "i8", "--codec", "rows"],
    "plans": ["blocks", "--mode", "i8", "--plans", "cycle-2"],
    "in-place": ["wide", "--mode", "i8", "--policy", "head", "--patch", "2x2:2", "--samples", "in-place"],
    "region": ["blocks", "--mode", "i8", "--policy", "policy.json"],
    "region-f32": ["blocks", "--mode", "f32", "--policy", "policy.json"],
    "moves": ["moves", "--mode", "f32", "--optimizer", "momentum"],
    "page": ["heavy", "--mode", "f32", "--optimizer", "momentum", "--accumulate", "2"],
    "page-i8": ["heavy", "--mode", "i8", "--optimizer", "adam", "--accumulate", "2"],
}


def seed(kind, name, number, contents):
    os.makedirs(f"seeds/{kind}", exist_ok=True)
    with open(f"seeds/{kind}/{name}", "wb") as file:
        file.write(bytes([kinds[kind], number]) + contents)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def image(path):
    """The plan without what stands behind it, and without its description, which only the host reads."""
    data = bytearray(contents(path))
    data = data[: struct.unpack_from("<Q", data, 16)[0]]
    start, count = struct.unpack_from("<QQ", data, 176)
    # What stands behind it keeps its alignment.
    cut = count // 64 * 64
    plans, rows = struct.unpack_from("<QQ", data, 40)
    spans = [40, 56, 72, 88, 128, 144, 160, 192]
    for row in range(rows):
        spans += [plans + 64 * row + 8, plans + 64 * row + 24]
    for span in spans:
        offset = struct.unpack_from("<Q", data, span)[0]
        if offset > start:
            struct.pack_into("<Q", data, span, offset - cut)
    struct.pack_into("<Q", data, 184, count - cut)
    del data[start : start + cut]
    return bytes(data)


def plan(name, net, *options):
    words = ["compile", net + ".onnx", "-o", name + ".plan", "--classes", "3", "--batch", "2", "--steps", "20"]
    words += options
    if "f32" not in options:
        words += ["--calibration-data", net + ".npz"]
    if name.startswith("page"):
        words += PAGED
    run(*words, "--cap", cap(*words) if name.startswith("page") else "none")
    if name.startswith("page") and not struct.unpack_from("<Q", contents(name + ".plan"), 248)[0]:
        sys.exit(f"{name}: no optimizer state is paged out")


def main():
    blocks("blocks", 6, residual=True)
    blocks("wide", 12, residual=False)
    heavy()
    moves()
    with open("policy.json", "w") as file:
        file.write(POLICY)
    for net, shape in (("blocks", [2, 6, 6]), ("wide", [2, 12, 12]), ("heavy", [2, 4, 4]), ("moves", [3, 4, 4])):
        x = random.normal(0, 1, [6] + shape).astype(np.float32)
        np.savez(net + ".npz", x=x, y=np.arange(6, dtype=np.int64) % 3)
        run("data", "pack", net + ".npz", "-o", net + ".pack", "--limit", "4", "--split", "0.5")
        run("data", "ring", net + ".ring", "--data", net + ".pack", "--capacity", "3")
        run("data", "stream", net + ".pack", "-o", net + ".stream")
    for number, (name, (net, *options)) in enumerate(PLANS.items()):
        plan(name, net, *options)
        checkpoint = ["--checkpoint", name + ".ckpt", "--overwrite"]
        run("train", name + ".plan", "--data", net + ".pack", "--steps", "2", *checkpoint)
        seed("plan", name, number, image(name + ".plan"))
        seed("checkpoint", name, number, contents(name + ".ckpt"))
        # What passes by cannot be read where it lies.
        for kind in ("pack",) if name == "in-place" else ("pack", "ring", "stream"):
            seed(kind, name, number, contents(f"{net}.{kind}"))
        for codec in ("raw", "8bit", "ternary", "1bit"):
            run("delta", "make", name + ".plan", name + ".ckpt", "-o", "a.delta", "--codec", codec)
            seed("delta", f"{name}-{codec}", number, contents("a.delta"))
    with open("plans", "w") as file:
        file.write(":".join(f"{folder}/{name}.plan" for name in PLANS))


main()
