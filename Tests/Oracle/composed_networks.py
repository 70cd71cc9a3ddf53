"""Small networks in which layouts, paddings and constants meet, with what ONNX Runtime makes of them.

Each is the body of an ONNX graph in text form from x to y. Floats and integers that it names come from its
header; other names there are weights, drawn at random.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper, parser

from light_networks import run

NETWORKS = {
    "channel_shuffle": """x [2,4,5,6]; i split {2,2,2,5,6}; i join {2,4,5,6}; w [6,4,1,1]
        r = Relu(x)
        g = Reshape(r, split)
        t = Transpose<perm = [0, 2, 1, 3, 4]>(g)
        s = Reshape(t, join)
        y = Conv(s, w)""",
    "squeeze_excite": """x [2,6,5,4]; w [6,6,3,3]; down [2,6,1,1]; up [6,2,1,1]
        a = Conv<pads = [1, 1, 1, 1]>(x, w)
        m = GlobalAveragePool(a)
        d = Conv(m, down)
        r = Relu(d)
        u = Conv(r, up)
        h = HardSigmoid(u)
        y = Mul(h, a)""",
    "gelu_in_parts": """x [2,3,5,4]; w [4,3,3,3]; f root {1.4142135}; f one {1.0}; f half {0.5}
        c = Conv(x, w)
        d = Div(c, root)
        e = Erf(d)
        s = Add(e, one)
        p = Mul(c, s)
        y = Mul(p, half)""",
    "channels_last_input": """x [2,6,5,3]; w [4,3,3,3]; f scale {0.25}
        s = Mul(x, scale)
        n = Transpose<perm = [0, 3, 1, 2]>(s)
        c = Conv<auto_pad = "SAME_UPPER", strides = [2, 2]>(n, w)
        y = Transpose<perm = [0, 2, 3, 1]>(c)""",
    "rows": """x [2,3,11]; w [4,3,3]; dw [4,1,3]; b [4]; k [5,4,2]
        c = Conv<pads = [1, 1]>(x, w, b)
        r = LeakyRelu(c)
        d = Conv<group = 4, pads = [0, 2], strides = [2]>(r, dw)
        p = MaxPool<kernel_shape = [2]>(d)
        y = Conv<dilations = [2]>(p, k)""",
    "row_mean": """x [2,3,11]; w [4,3,3]; m [4,5]
        c = Conv(x, w)
        a = ReduceMean<axes = [2], keepdims = 0>(c)
        y = MatMul(a, m)""",
    "paddings_in_front": """x [1,3,7,6]; i p {0,0,1,2,0,0,2,1}; i q {0,0,1,0,0,0,1,1}; w [4,3,3,3]
        a = Pad(x, p)
        b = Conv<pads = [1, 0, 0, 1]>(a, w)
        r = Relu(b)
        c = Pad(r, q)
        d = MaxPool<kernel_shape = [3, 3], strides = [2, 2]>(c)
        e = Pad(d, q)
        y = AveragePool<kernel_shape = [2, 2]>(e)""",
    "padding_that_wins": """x [1,3,7,6]; i p {0,0,1,1,0,0,1,1}
        n = Sub(x, x)
        s = Sigmoid(x)
        m = Sub(n, s)
        a = Pad(m, p)
        y = MaxPool<kernel_shape = [3, 3]>(a)""",
    "flattened_picture": """x [2,3,4,5]; w [4,3,1,1]; m [7,80]; b [7]
        c = Conv(x, w)
        f = Flatten(c)
        y = Gemm<transB = 1>(f, m, b)""",
    "dense_layers": """x [3,5]; v [5,6]; a [6]; m [7,6]; b [1,7]; c [3,1]; n [7,4]; z [4]
        p = MatMul(x, v)
        q = Add(a, p)
        r = Gemm<transB = 1, alpha = 0.5, beta = 2.0>(q, m, b)
        s = Add(r, c)
        y = Gemm(s, n, z)""",
    "tokens": """x [2,5,6]; v [6,8]; a [8]; w [8,6]; g [6]
        p = MatMul(x, v)
        q = Add(p, a)
        h = Tanh(q)
        o = MatMul(h, w)
        r = Add(o, x)
        y = Mul(r, g)""",
    "attention": """x [2,5,6]; q [6,6]; k [6,6]; f scale {0.4}
        a = MatMul(x, q)
        b = MatMul(x, k)
        t = Transpose<perm = [0, 2, 1]>(b)
        s = MatMul(a, t)
        d = Mul(s, scale)
        m = Softmax(d)
        y = MatMul(m, x)""",
    "normalized": """x [2,3,6,5]; w [4,3,3,3]; g [4]; b [4]; m [4]; f v {0.5,1.0,1.5,2.0}; h [4]; n [4]
        c = Conv(x, w)
        d = BatchNormalization(c, g, b, m, v)
        e = Relu(d)
        y = BatchNormalization<epsilon = 0.001>(e, h, n, m, v)""",
    "shared_weight": """x [2,4,4]; w [4,4]; i s {4,4,1}
        a = MatMul(x, w)
        r = Reshape(w, s)
        b = Conv(a, r)
        c = Mul(b, w)
        y = MatMul(c, w)""",
    "computed_shape": """x [2,3,4,5]; i zero {0}; i two {2}; i four {4}; i rest {-1}; w [4,3,1,1]
        c = Conv(x, w)
        s = Shape(c)
        n = Gather(s, zero)
        m = Concat<axis = 0>(n, rest)
        f = Reshape(c, m)
        z = Slice(s, two, four)
        b = Concat<axis = 0>(n, rest, z)
        r = Reshape(f, b)
        y = Relu(r)""",
    "concatenated": """x [2,4,5,5]; w [3,4,1,1]; v [2,4,3,3]; k [2,3,5,5]; b [8,1,1]; i parts {5,3}
        a = Conv(x, w)
        c = Conv<pads = [1, 1, 1, 1]>(x, v)
        j = Concat<axis = 1>(a, c, k)
        s = Add(j, b)
        l, r = Split<axis = 1>(s, parts)
        m = ReduceMean<axes = [2, 3]>(r)
        e = ReduceMean<axes = [1], keepdims = 1>(m)
        y = Div(l, e)""",
}


def numbers(text):
    return [float(n) for n in text.strip("[]{} ").split(",")]


def tensor(entry, generator):
    """The named tensor that an entry of the header declares."""
    *kind, name, values = entry.split()
    if kind:
        return numpy_helper.from_array(np.array(numbers(values), np.int64 if kind == ["i"] else np.float32), name)
    shape = [int(n) for n in numbers(values)]
    scale = max(np.prod(shape[1:]), 1) ** -0.5
    return numpy_helper.from_array(generator.normal(0, scale, shape).astype(np.float32), name)


def network(name, text, generator):
    header, body = text.split("\n", 1)
    x, *tensors = [entry.strip() for entry in header.split(";")]
    graph = parser.parse_graph(f"{name} (float{x.split()[1]} x) => (float[] y) {{ {body} }}")
    graph.output[0].CopyFrom(helper.make_empty_tensor_value_info("y"))
    graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT
    graph.initializer.extend(tensor(entry, generator) for entry in tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def cases(folder, tally):
    for number, (name, text) in enumerate(NETWORKS.items()):
        generator = np.random.default_rng(number)
        model = network(name, text, generator)
        shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
        x = generator.normal(size=shape).astype(np.float32)
        tally.case(folder, name, "composed", model, [x], run(model, {"x": x}), 1e-4, 1e-5)
