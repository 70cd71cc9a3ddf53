"""Small networks whose inputs have all kinds of shapes and orders: models, samples, labels, and what ONNX Runtime says.

Writes for each network NAME.onnx, NAME.npz (x of the model's own shape, and y), other ways to give the same samples as
NAME-flat.npz and NAME-axes.npz, NAME-bytes.npz (uint8, no labels) with what they come to, and the logits as
NAME-expected.npz and NAME-bytes-expected.npz. Prints the names.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SAMPLES, CLASSES = 8, 4
random = np.random.RandomState(5)


def weight(name, *shape):
    return numpy_helper.from_array((random.randn(*shape) * 0.5).astype(np.float32), name)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], **attributes)


def head(channels):
    """Mean over the places, then a dense layer."""
    nodes = [
        node("GlobalAveragePool", "r", "g"), node("Flatten", "g", "f"), node("Gemm", "f hw hb", "out", transB=1),
    ]
    return nodes, [weight("hw", CLASSES, channels), weight("hb", CLASSES)]


def convolution(source, *shape):
    return [node("Conv", f"{source} w b", "c"), node("Relu", "c", "r")], [weight("w", *shape), weight("b", shape[0])]


def network(shape, before, filters):
    nodes, weights = convolution("t" if before else "x", *filters)
    last, more = head(filters[0])
    return shape, before + nodes + last, weights + more


def dense(*shape):
    count = int(np.prod(shape))
    nodes = [node("Flatten", "x", "f"), node("Gemm", "f w b", "out")]
    return shape, nodes, [weight("w", count, CLASSES), weight("b", CLASSES)]


def unsqueezed(shape, axis, filters):
    shape, nodes, weights = network(shape, [node("Unsqueeze", "x ax", "t")], filters)
    return shape, nodes, weights + [numpy_helper.from_array(np.array([axis], np.int64), "ax")]


def networks():
    yield "nchw", network((3, 6, 5), [], (6, 3, 3, 3))
    yield "nhwc", network((6, 5, 3), [node("Transpose", "x", "t", perm=[0, 3, 1, 2])], (6, 3, 3, 3))
    yield "nwhc", network((5, 6, 3), [node("Transpose", "x", "t", perm=[0, 3, 2, 1])], (6, 3, 3, 3))
    yield "nhcw", network((6, 3, 5), [node("Transpose", "x", "t", perm=[0, 2, 1, 3])], (6, 3, 3, 3))
    yield "ncl", network((3, 12), [], (6, 3, 3))
    yield "nlc", network((12, 3), [node("Transpose", "x", "t", perm=[0, 2, 1])], (6, 3, 3))
    yield "grey", network((1, 7, 5), [], (6, 1, 3, 3))
    yield "spectrum", unsqueezed((9, 7), 1, (6, 1, 3, 3))
    yield "rows", unsqueezed((3, 9), 2, (6, 3, 1, 3))
    yield "features", dense(10)
    yield "sequence", dense(3, 7)
    yield "pictures", dense(3, 5, 4)
    yield "grey-last", dense(6, 6, 1)
    yield "cube", dense(2, 3, 2, 2)


def run(path, x):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def main(folder):
    for name, (shape, nodes, weights) in networks():
        inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])]
        outputs = [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", CLASSES])]
        graph = helper.make_graph(nodes, name, inputs, outputs, weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        path = f"{folder}/{name}.onnx"
        onnx.save(model, path)
        x = random.randn(SAMPLES, *shape).astype(np.float32)
        y = np.arange(SAMPLES) % CLASSES
        kept = [size for size in shape if size != 1]
        np.savez(f"{folder}/{name}.npz", x=x, y=y, names=np.array(["a", "b"]))
        np.savez(f"{folder}/{name}-flat.npz", x=x.reshape(SAMPLES, -1), y=y[:, None])
        np.savez(f"{folder}/{name}-axes.npz", x=x.reshape(SAMPLES, *kept, 1), y=y.astype(np.uint8))
        logits = run(path, x)
        np.savez(f"{folder}/{name}-expected.npz", logits=logits, classes=logits.argmax(1))
        bytes_ = random.randint(0, 256, x.shape).astype(np.uint8)
        np.savez(f"{folder}/{name}-bytes.npz", x=bytes_)
        logits = run(path, bytes_.astype(np.float32) * np.float32(1 / 255))
        np.savez(f"{folder}/{name}-bytes-expected.npz", logits=logits, classes=logits.argmax(1))
        print(name)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    main(sys.argv[1])
