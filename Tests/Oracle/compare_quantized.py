"""Whether a quantized model is valid ONNX, has the integers it should have, and computes what its float form computes.

ONNX's checker, and ONNX Runtime on the samples given; further predictions of the quantized model may be compared too.
"""

import argparse

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from ort_predict import read


def logits(path, x):
    # As the file says: the fused integer kernels add pairs of products in 16 bits on processors without VNNI.
    settings = onnxruntime.SessionOptions()
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    (info,) = session.get_inputs()
    return session.run(None, {info.name: x})[0]


def check_integers(model):
    """Number of layers in integers; every rule of the format that they must keep is checked."""
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    makers = {name: node for node in model.graph.node for name in node.output}
    layers = 0
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear":
            scale, zero = (tensors[name] for name in node.input[1:3])
            assert scale.shape == () and scale > 0 and zero.dtype == np.int8, node.name
        if node.op_type not in ("Conv", "Gemm", "MatMul"):
            continue
        source = makers.get(node.input[1])
        if source is None or source.op_type != "DequantizeLinear":
            continue
        layers += 1
        weight, scales, zeros = (tensors[name] for name in source.input[:3])
        (axis,) = (a.i for a in source.attribute if a.name == "axis")
        assert weight.dtype == np.int8 and weight.min() >= -127 and not zeros.any(), node.name
        assert scales.shape == (weight.shape[axis],) and (scales > 0).all(), node.name
        activation = makers[node.input[0]]
        while activation.op_type == "Pad":
            activation = makers[activation.input[0]]
        assert activation.op_type == "DequantizeLinear", node.name
        if len(node.input) > 2:
            bias = makers[node.input[2]]
            assert tensors[bias.input[0]].dtype == np.int32, node.name
            unit = tensors[activation.input[1]] * scales
            assert np.allclose(tensors[bias.input[1]], unit, rtol=1e-6), node.name
    return layers


def cosine(a, b):
    return float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("float")
    parser.add_argument("quantized")
    parser.add_argument("data")
    parser.add_argument("--predictions", help=".npz with logits of the quantized model")
    parser.add_argument("--layers", type=int, required=True)
    parser.add_argument("--cosine", type=float, default=0.98)
    options = parser.parse_args()

    model = onnx.load(options.quantized)
    onnx.checker.check_model(model, full_check=True)
    layers = check_integers(model)
    x, _ = read(options.data)
    exact, rounded = logits(options.float, x), logits(options.quantized, x)
    results = {"float": (cosine(exact, rounded), options.cosine)}
    if options.predictions:
        results["predictions"] = (cosine(np.load(options.predictions)["logits"], rounded), 0.999)
    print(f"{layers} layers, cosine " + ", ".join(f"{name} {value:.5f}" for name, (value, _) in results.items()))
    if layers != options.layers or any(not value >= least for value, least in results.values()):
        raise SystemExit(f"expected {options.layers} layers and {results}")


if __name__ == "__main__":
    main()
