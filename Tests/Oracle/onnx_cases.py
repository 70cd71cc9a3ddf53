"""One directory per ONNX test case, readable without Python: a model, .npy arrays and case.json."""

import collections
import json
import shutil

import numpy as np
import onnx
from onnx import numpy_helper, version_converter

# What the importer promises: the operators of image, audio and sensor classifiers.
OPERATORS = set(
    """
    Add AveragePool BatchNormalization Cast Clip Concat Constant ConstantOfShape Conv Div Dropout Erf Expand
    Flatten Gather Gelu Gemm GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Identity LRN LeakyRelu
    LogSoftmax MatMul MaxPool Mish Mul Neg Pad ReduceMean ReduceSum Relu Reshape Resize Shape Sigmoid Size Slice Softmax
    Softplus Split Squeeze Sub Sum Tanh Transpose Unsqueeze
    """.split()
)
OLDEST, NEWEST = 13, 22

# Inputs that a compiler needs while it compiles, by operator: weights, and whatever decides a shape.
CONSTANT_INPUTS = {
    "BatchNormalization": (1, 2, 3, 4),
    "Clip": (1, 2),
    "ConstantOfShape": (0,),
    "Conv": (1, 2),
    "Dropout": (1, 2),
    "Expand": (1,),
    "Gather": (1,),
    "Gemm": (1, 2),
    "Pad": (1, 2, 3),
    "ReduceMean": (1,),
    "ReduceSum": (1,),
    "Reshape": (1,),
    "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Squeeze": (1,),
    "Unsqueeze": (1,),
}


class Skip(Exception):
    """Why a case is not written."""


def version(model):
    return next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 0)


def require_known_operators(model):
    for node in model.graph.node:
        if node.op_type not in OPERATORS:
            raise Skip(f"operator {node.op_type}")


def in_supported_opset(model):
    """The same model within the supported opsets; a newer one is kept where the older opset allows it as it is."""
    declared = version(model)
    if OLDEST <= declared <= NEWEST:
        return model
    result = onnx.ModelProto()
    result.CopyFrom(model)
    try:
        if declared < OLDEST:
            # Before IR 4 every initializer is an input too, which the converter's own constants are not.
            result.ir_version = max(result.ir_version, 7)
            result = version_converter.convert_version(result, OLDEST)
        else:
            result.ir_version = min(result.ir_version, 10)
            result.opset_import[0].version = NEWEST
        onnx.checker.check_model(result, full_check=True)
    except Exception as error:
        raise Skip(f"opset {declared} has no equivalent in {OLDEST} to {NEWEST}") from error
    return result


def needed_inputs(model, inputs):
    """The inputs a compiler needs to know, whether operators read them themselves or what is computed from them."""
    # Integers alone are shapes and indices: there is nothing to compute on a device.
    if all(value.dtype.kind in "biu" for value in inputs.values()):
        return list(inputs)
    producers = {name: node for node in model.graph.node for name in node.output}
    pending = [
        node.input[i]
        for node in model.graph.node
        for i in CONSTANT_INPUTS.get(node.op_type, ())
        if i < len(node.input)
    ]
    wanted = set()
    while pending:
        name = pending.pop()
        if name not in wanted:
            wanted.add(name)
            # What Shape gives depends on no value.
            if name in producers and producers[name].op_type != "Shape":
                pending += producers[name].input
    # A network needs an input: in an operator that has constants only, the first one stays.
    data = [node.input[0] for node in model.graph.node if node.op_type in CONSTANT_INPUTS]
    return [name for name in inputs if name in wanted and name not in data]


def bind_constants(model, inputs):
    """Turns the inputs a compiler needs to know into initializers; returns their names."""
    bound = needed_inputs(model, inputs)
    for name in bound:
        model.graph.initializer.append(numpy_helper.from_array(inputs.pop(name), name))
        model.graph.input.remove(next(i for i in model.graph.input if i.name == name))
    return bound


def arrays(kind, infos, values):
    result = {}
    for info, value in zip(infos, values, strict=False):
        if not info.type.HasField("tensor_type"):
            raise Skip(f"{kind} is a sequence or optional")
        value = np.asarray(numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value)
        if value.dtype.kind not in "biuf" or value.dtype.isbuiltin != 1:
            raise Skip(f"element type {onnx.TensorProto.DataType.Name(info.type.tensor_type.elem_type).lower()}")
        result[info.name] = value
    return result


def write_case(folder, name, kind, model, inputs, outputs, rtol, atol, original=None):
    """Writes one case. `inputs` and `outputs` are arrays in the order of the graph."""
    require_known_operators(model)
    initializers = {i.name for i in model.graph.initializer}
    inputs = arrays("input", [i for i in model.graph.input if i.name not in initializers], inputs)
    outputs = arrays("output", model.graph.output, outputs)
    declared, usable = version(model), in_supported_opset(model)
    bound = bind_constants(usable, inputs)
    require_known_operators(usable)

    target = folder / kind / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    onnx.save(usable, target / "model.onnx")
    description = {
        "name": name,
        "kind": kind,
        "rtol": rtol,
        "atol": atol,
        "opset": version(usable),
        "declared_opset": declared,
        "operators": sorted({n.op_type for n in usable.graph.node}),
        "constants": bound,
    }
    for role, values in (("input", inputs), ("output", outputs)):
        description[role + "s"] = []
        for i, (tensor, value) in enumerate(values.items()):
            file = f"{role}_{i}.npy"
            np.save(target / file, np.ascontiguousarray(value).reshape(value.shape))
            description[role + "s"].append({"name": tensor, "file": file})
    (target / "case.json").write_text(json.dumps(description, indent=1) + "\n")


class Tally:
    """Counts what was written and, by reason, what was not."""

    def __init__(self):
        self.written = collections.Counter()
        self.skipped = collections.defaultdict(collections.Counter)

    def case(self, folder, name, kind, *rest):
        try:
            write_case(folder, name, kind, *rest)
            self.written[kind] += 1
        except Skip as reason:
            self.skipped[kind][str(reason)] += 1

    def lines(self):
        for kind in sorted(set(self.written) | set(self.skipped)):
            left = self.skipped[kind]
            yield f"{kind}: {self.written[kind]} written, {left.total()} skipped"
            yield from (f"  {count:4} {reason}" for reason, count in sorted(left.items()))
