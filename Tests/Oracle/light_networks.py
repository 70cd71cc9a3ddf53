"""The nine classic networks that the onnx package ships without their weights."""

import json

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from onnx_cases import in_supported_opset

# A dense layer larger than this keeps its constant weights: VGG's first one alone would be 400 MB.
LARGEST_SEEDED = 5_000_000


def ramp(shape):
    """The input on which the expected outputs were computed."""
    return (np.arange(np.prod(shape)).reshape(shape) / np.prod(shape)).astype(np.float32)


def network_input(model):
    weights = {i.name for i in model.graph.initializer}
    (info,) = [i for i in model.graph.input if i.name not in weights]
    return info, [d.dim_value for d in info.type.tensor_type.shape.dim]


def run(model, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def draw(generator, shape, consumer, position):
    """Values for one weight: activations keep their magnitude, and no two channels are alike."""
    if consumer == "BatchNormalization" and position == 3:
        return generator.normal(0, 0.1, shape)
    if consumer in ("BatchNormalization", "Unsqueeze") and position in (0, 1, 4):
        return generator.uniform(0.6, 1.4, shape)
    if consumer in ("Conv", "Gemm") and position == 1:
        return generator.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape)
    return generator.normal(0, 0.05, shape)


def seeded(model, seed):
    """The network with seeded weights in place of the constant ones."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph, generator = result.graph, np.random.default_rng(seed)
    consumers = {name: (n.op_type, i) for n in graph.node for i, name in enumerate(n.input)}
    shapes = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in [n for n in graph.node if n.op_type == "ConstantOfShape"]:
        shape = [int(d) for d in shapes[node.input[0]]]
        if np.prod(shape) <= LARGEST_SEEDED:
            weight = draw(generator, shape, *consumers[node.output[0]]).astype(np.float32)
            graph.initializer.append(numpy_helper.from_array(weight, node.output[0]))
            graph.node.remove(node)
    return result


def scale_logits(model, feeds):
    """Divides the last weight so that logits spread by about one: otherwise softmax hides all but one class."""
    graph = model.graph
    logits = next((n.input[0] for n in graph.node if n.op_type == "Softmax"), None)
    if logits is None:
        return
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.append(helper.make_tensor_value_info(logits, onnx.TensorProto.FLOAT, None))
    spread = float(run(probe, feeds)[-1].std())
    producers = {n.output[0]: n for n in graph.node}
    last = [n for n in graph.node if n.op_type in ("Conv", "Gemm")][-1].input[1]
    while last in producers:  # one network reshapes its weight first
        last = producers[last].input[0]
    weight = next(i for i in graph.initializer if i.name == last)
    weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight) / np.float32(spread), last))


def cases(data, folder, tally):
    for number, path in enumerate(sorted((data / "light").glob("*.onnx"))):
        name = path.stem.removeprefix("light_")
        (settings,) = (data / "real").glob(f"*_{name}/data.json")
        rtol = json.loads(settings.read_text())["rtol"]
        model = onnx.load(path)
        info, shape = network_input(model)
        expected = numpy_helper.to_array(onnx.load_tensor(path.with_name(path.stem + "_output_0.pb")))
        tally.case(folder, name, "light", model, [ramp(shape)], [expected], rtol, 1e-7)

        model.ir_version = 7
        strong = seeded(in_supported_opset(model), number)
        feeds = {info.name: np.random.default_rng(100 + number).uniform(-1, 1, shape).astype(np.float32)}
        scale_logits(strong, feeds)
        tally.case(folder, name, "light-seeded", strong, list(feeds.values()), run(strong, feeds), 1e-3, 1e-6)
