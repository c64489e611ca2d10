"""The cases of make_cases.py, family by family."""
import numpy as np
from onnx import TensorProto, helper

F = np.float32


def normal(r, *shape):
    return r.standard_normal(shape).astype(F)


def ints(*values):
    return np.array(values, np.int64)


def unary(w):
    ops = ["Neg", "Abs", "Sqrt", "Exp", "Log", "Reciprocal", "Floor", "Ceil", "Round", "Sign", "Erf", "Sin", "Cos", "Tan", "Atan", "Relu", "Sigmoid",
           "HardSigmoid", "HardSwish", "Tanh", "Softplus", "Softsign", "LeakyRelu", "Selu", "Elu", "Celu", "ThresholdedRelu", "Mish"]
    for op in ops:
        r = w.rng(op)
        x = normal(r, 3, 5, 7) * F(3)
        if op in ("Sqrt", "Log"):
            x = np.abs(x) + F(0.01)
        if op == "Round":
            x = np.round(x * 2) / F(2)
        w.op(f"{op.lower()}", op, [x], opset=18)
        w.op(f"{op.lower()}_scalar", op, [np.abs(normal(r))], opset=18)
    for op, key, value in [("LeakyRelu", "alpha", 0.3), ("Elu", "alpha", 0.7), ("Celu", "alpha", 1.7), ("ThresholdedRelu", "alpha", 0.4)]:
        w.op(f"{op.lower()}_alpha", op, [normal(w.rng(op), 4, 9)], **{key: value})
    w.op("hardsigmoid_both", "HardSigmoid", [normal(w.rng("hs"), 4, 9)], alpha=0.3, beta=0.4)
    w.op("selu_both", "Selu", [normal(w.rng("selu"), 4, 9)], alpha=1.3, gamma=1.4)
    for op in ("Neg", "Abs", "Sign"):
        w.op(f"{op.lower()}_int", op, [w.rng(op).integers(-9, 9, (3, 4))])
    w.op("gelu_erf", "Gelu", [normal(w.rng("ge"), 4, 9)], opset=20)
    w.op("gelu_tanh", "Gelu", [normal(w.rng("gt"), 4, 9)], opset=20, approximate="tanh")
    for shape in [(5, 1, 1), (1,), (7,), (3, 5, 7)]:
        r = w.rng("prelu")
        w.op("prelu_" + "x".join(map(str, shape)), "PRelu", [normal(r, 3, 5, 7), normal(r, *shape)])
    x = normal(w.rng("clip"), 4, 9)
    w.op("clip_opset10", "Clip", [x], opset=10, min=-0.5, max=0.7)
    w.op("clip_both", "Clip", [x, F(-0.5), F(0.7)])
    w.op("clip_max", "Clip", [x, None, F(0.7)])
    w.op("clip_min", "Clip", [x, F(0.7)])
    w.op("clip_crossed", "Clip", [x, F(0.9), F(-0.7)])
    w.op("clip_int", "Clip", [w.rng("ci").integers(-9, 9, (3, 4)), np.int64(-3), np.int64(4)])


def binary(w):
    shapes = [((3, 4), (3, 4)), ((3, 4), ()), ((2, 3, 4), (4,)), ((2, 3, 4), (3, 1)), ((2, 1, 4), (5, 1)), ((), (2, 3)), ((1, 5, 1, 6), (4, 1, 3, 1)),
              ((2, 3, 8, 5), (1, 3, 1, 1))]
    for op in ["Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"]:
        for k, (a, b) in enumerate(shapes):
            r = w.rng(f"{op}{k}")
            x, y = normal(r, *a), normal(r, *b)
            if op == "Pow":
                x = np.abs(x)
            if op in ("Equal", "LessOrEqual", "GreaterOrEqual"):
                x, y = np.round(x), np.round(y)
            w.op(f"{op.lower()}_{k}", op, [np.asarray(x, F), np.asarray(y, F)])
        r = w.rng(op + "int")
        w.op(f"{op.lower()}_int", op, [r.integers(-9, 9, (3, 4)), r.integers(1, 5, (4,))])
    r = w.rng("mod")
    w.op("mod_int", "Mod", [r.integers(-20, 20, (4, 5)), np.where(r.integers(0, 2, 5), 3, -4)])
    w.op("mod_int_c", "Mod", [r.integers(-20, 20, (4, 5)), np.where(r.integers(0, 2, 5), 3, -4)], fmod=1)
    w.op("mod_float", "Mod", [normal(r, 4, 5) * F(5), normal(r, 5)], fmod=1)
    w.op("pow_int_exponent", "Pow", [normal(r, 4, 5), ints(2)])
    w.op("pow_square", "Pow", [normal(r, 4, 5), F(2)])
    for op in ("Min", "Max", "Sum", "Mean"):
        w.op(f"{op.lower()}_three", op, [normal(r, 3, 4), normal(r, 4), normal(r, 2, 1, 1)])
    b = r.integers(0, 2, (3, 4)).astype(bool)
    c = r.integers(0, 2, (4,)).astype(bool)
    for op in ("And", "Or", "Xor", "Equal"):
        w.op(f"{op.lower()}_bool", op, [b, c])
    w.op("not", "Not", [b])
    w.op("where", "Where", [b, normal(r, 3, 4), normal(r, 2, 1, 4)])
    w.op("where_int", "Where", [c, r.integers(0, 9, (3, 1)), r.integers(0, 9, (3, 4))])
    for to in (TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.INT32, TensorProto.DOUBLE):
        w.op(f"cast_float_{to}", "Cast", [normal(r, 3, 4) * F(5)], to=to)
        w.op(f"cast_int_{to}", "Cast", [r.integers(-9, 9, (3, 4))], to=to)
        w.op(f"cast_bool_{to}", "Cast", [b], to=to)
    w.op("castlike", "CastLike", [r.integers(-9, 9, (3, 4)), normal(r, 1)])


def convolutions(w):
    r = w.rng("conv")
    for k in range(24):
        one = k % 2 == 0
        groups = int(r.choice([1, 1, 2, 3]))
        cin, cout = groups * int(r.integers(1, 5)), groups * int(r.integers(1, 7))
        n = 1 if one else 2
        kernel = [int(v) for v in r.integers(1, 5, n)]
        attributes = dict(group=groups, strides=[int(v) for v in r.integers(1, 4, n)], dilations=[int(v) for v in r.integers(1, 3, n)],
                          kernel_shape=kernel)
        if k % 3 == 0:
            attributes["pads"] = [int(v) for v in r.integers(0, 4, 2 * n)]
        elif k % 3 == 1:
            attributes["auto_pad"] = str(r.choice(["SAME_UPPER", "SAME_LOWER", "VALID"]))
            if attributes["auto_pad"] != "VALID":
                attributes["dilations"] = [1] * n
        size = [int(v) for v in r.integers(12, 30, n)]
        inputs = [normal(r, 2, cin, *size), normal(r, cout, cin // groups, *kernel)]
        if k % 4 != 3:
            inputs.append(normal(r, cout))
        w.op(f"conv_{k}", "Conv", inputs, constants=range(1, len(inputs)) if k % 2 else (), **attributes)
    w.op("conv_depthwise", "Conv", [normal(r, 1, 6, 40), normal(r, 6, 1, 5), normal(r, 6)], group=6, pads=[4, 1], dilations=[2], strides=[2])
    w.op("conv_depthwise2d", "Conv", [normal(r, 2, 6, 14, 11), normal(r, 6, 1, 3, 4)], group=6, pads=[2, 1, 3, 1], strides=[1, 2])
    w.op("conv_pointwise", "Conv", [normal(r, 1, 70, 300), normal(r, 65, 70, 1), normal(r, 65)])
    w.op("conv_large", "Conv", [normal(r, 1, 40, 5000), normal(r, 50, 40, 7), normal(r, 50)], pads=[3, 3])
    for k in range(16):
        one = k % 2 == 0
        n = 1 if one else 2
        groups = int(r.choice([1, 2]))
        cin, cout = groups * int(r.integers(1, 4)), int(r.integers(1, 4))
        kernel = [int(v) for v in r.integers(1, 5, n)]
        strides = [int(v) for v in r.integers(1, 4, n)]
        attributes = dict(group=groups, strides=strides, dilations=[int(v) for v in r.integers(1, 3, n)])
        if k % 4 < 2:
            attributes["pads"] = [int(v) for v in r.integers(0, 2, 2 * n)]
            attributes["output_padding"] = [int(r.integers(0, s)) for s in strides]
        elif k % 4 == 2:
            attributes["auto_pad"] = str(r.choice(["SAME_UPPER", "SAME_LOWER"]))
        inputs = [normal(r, 2, cin, *[int(v) for v in r.integers(5, 12, n)]), normal(r, cin, cout, *kernel)]
        if k % 3:
            inputs.append(normal(r, cout * groups))
        w.op(f"convtranspose_{k}", "ConvTranspose", inputs, **attributes)


def products(w):
    r = w.rng("matmul")
    for k, (a, b) in enumerate([((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 6)), ((4,), (4, 5)), ((3, 4), (4,)),
                                ((4,), (4,)), ((1, 300), (300, 70)), ((130, 270), (270, 530)), ((1, 12, 49, 64), (1, 12, 64, 49)), ((3, 4), (2, 4, 5)),
                                ((2, 2, 4), (4,))]):
        w.op(f"matmul_{k}", "MatMul", [normal(r, *a), normal(r, *b)])
        w.op(f"matmul_fixed_{k}", "MatMul", [normal(r, *a), normal(r, *b)], constants=(1,))
    for k in range(8):
        a, b = (5, 7) if not k & 1 else (7, 5), (7, 6) if not k & 2 else (6, 7)
        bias = [None, normal(r, 6), normal(r, 5, 1), normal(r, 5, 6), np.asarray(normal(r), F)][k % 5]
        w.op(f"gemm_{k}", "Gemm", [normal(r, *a), normal(r, *b)] + ([] if bias is None else [bias]), transA=k & 1, transB=k >> 1 & 1, alpha=1.5 if k & 4 else 1.0,
             beta=0.5 if k & 4 else 1.0, constants=(1,) if k % 2 else ())


def normalisations(w):
    r = w.rng("norm")
    for shape in [(2, 3), (2, 3, 8), (2, 3, 4, 5)]:
        args = [normal(r, *shape), normal(r, 3), normal(r, 3), normal(r, 3), np.abs(normal(r, 3)) + F(0.1)]
        w.op(f"batchnorm_{len(shape)}", "BatchNormalization", args, epsilon=1e-3, constants=(1, 2, 3, 4))
        w.op(f"batchnorm_opset10_{len(shape)}", "BatchNormalization", args, opset=10)
    w.op("layernorm", "LayerNormalization", [normal(r, 2, 5, 8), normal(r, 8), normal(r, 8)])
    w.op("layernorm_axis", "LayerNormalization", [normal(r, 2, 5, 8), normal(r, 5, 8), normal(r, 5, 8)], axis=1, epsilon=1e-2)
    w.op("layernorm_nobias", "LayerNormalization", [normal(r, 2, 5, 8), normal(r, 8)])
    w.op("instancenorm", "InstanceNormalization", [normal(r, 2, 3, 9), normal(r, 3), normal(r, 3)])
    w.op("instancenorm_2d", "InstanceNormalization", [normal(r, 2, 3, 5, 4), normal(r, 3), normal(r, 3)], epsilon=1e-3)
    w.op("groupnorm", "GroupNormalization", [normal(r, 2, 6, 9), normal(r, 3), normal(r, 3)], opset=18, num_groups=3)
    for p in (1, 2):
        w.op(f"lpnorm_{p}", "LpNormalization", [normal(r, 2, 5, 4)], p=p, axis=1)
        w.op(f"lpnorm_{p}_last", "LpNormalization", [normal(r, 2, 5, 4)], p=p)
    for op in ("Softmax", "LogSoftmax"):
        for opset in (11, 13):
            for axis in (0, 1, 2, -1):
                w.op(f"{op.lower()}_{opset}_{axis}", op, [normal(r, 2, 5, 7) * F(4)], opset=opset, axis=axis)
            w.op(f"{op.lower()}_{opset}_default", op, [normal(r, 2, 5, 7)], opset=opset)


def pools(w):
    r = w.rng("pool")
    for k in range(30):
        n = 1 + k % 2
        kernel = [int(v) for v in r.integers(2, 5, n)]
        attributes = dict(kernel_shape=kernel, strides=[int(v) for v in r.integers(1, 4, n)], ceil_mode=int(r.integers(0, 2)))
        if k % 3 == 0:
            attributes["pads"] = [int(r.integers(0, (kernel[i % n] + 1) // 2)) for i in range(2 * n)]
        elif k % 3 == 1:
            attributes["auto_pad"] = str(r.choice(["SAME_UPPER", "SAME_LOWER"]))
            attributes["ceil_mode"] = 0
        x = normal(r, 2, 3, *[int(v) for v in r.integers(9, 16, n)])
        extra = dict(dilations=[int(v) for v in r.integers(1, 3, n)]) if k % 3 != 1 else {}
        w.op(f"maxpool_{k}", "MaxPool", [x], **attributes, **extra)
        attributes["count_include_pad"] = 0 if attributes["ceil_mode"] else int(r.integers(0, 2))
        w.op(f"averagepool_{k}", "AveragePool", [x], opset=19, **attributes, **(extra if k % 2 else {}))
    for op in ("GlobalMaxPool", "GlobalAveragePool"):
        w.op(f"{op.lower()}_1d", op, [normal(r, 2, 3, 9)])
        w.op(f"{op.lower()}_2d", op, [normal(r, 2, 3, 9, 5)])


def recurrences(w):
    r = w.rng("rnn")
    for op, gates, outputs in (("LSTM", 4, 3), ("GRU", 3, 2), ("RNN", 1, 2)):
        for k, direction in enumerate(["forward", "reverse", "bidirectional"] * 3):
            d = 2 if direction == "bidirectional" else 1
            t, b, i, h = 6, int(r.integers(1, 4)), int(r.integers(1, 9)), int(r.integers(2, 9))
            inputs = [normal(r, t, b, i), normal(r, d, gates * h, i), normal(r, d, gates * h, h)]
            attributes = dict(hidden_size=h, direction=direction)
            if k >= 3:
                inputs += [normal(r, d, 2 * gates * h), None, normal(r, d, b, h)]
                if op == "LSTM":
                    inputs.append(normal(r, d, b, h))
            if k >= 6 and op == "LSTM":
                inputs.append(normal(r, d, 3 * h))
            if k >= 6 and op == "RNN":
                attributes["activations"] = ["Relu"] * d
            if k >= 6:
                attributes["clip"] = 0.9
            if op == "GRU":
                attributes["linear_before_reset"] = k % 2
            w.op(f"{op.lower()}_{k}", op, inputs, n_outputs=outputs, constants=(1, 2) if k % 2 else (), **attributes)


def reductions(w):
    r = w.rng("reduce")
    for op in ["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"]:
        for k, axes in enumerate([[0], [1, 2], [-1], [0, 2], None]):
            x = np.abs(normal(r, 3, 4, 5)) + F(0.1)
            for keep in (0, 1):
                extra = {} if axes is None else dict(axes=axes)
                w.op(f"{op.lower()}_{k}_{keep}_old", op, [x], opset=12, keepdims=keep, **extra)
                w.op(f"{op.lower()}_{k}_{keep}", op, [x] + ([] if axes is None else [ints(*axes)]), opset=18, keepdims=keep, constants=() if axes is None else (1,))
        w.op(f"{op.lower()}_noop", op, [x], opset=18, noop_with_empty_axes=1)
    w.op("reducesum_int", "ReduceSum", [r.integers(-9, 9, (3, 4)), ints(1)], constants=(1,))
    w.op("reducemax_int", "ReduceMax", [r.integers(-9, 9, (3, 4))], axes=[1])
    for op in ("ArgMax", "ArgMin"):
        for axis in (0, 1, -1):
            w.op(f"{op.lower()}_{axis}", op, [np.round(normal(r, 4, 6))], axis=axis, keepdims=axis & 1)
            w.op(f"{op.lower()}_{axis}_last", op, [np.round(normal(r, 4, 6))], axis=axis, select_last_index=1)
    for k, (axis, largest) in enumerate([(0, 1), (1, 1), (-1, 0)]):
        w.op(f"topk_{k}", "TopK", [np.round(normal(r, 5, 6, 4) * F(2)), ints(3)], n_outputs=2, axis=axis, largest=largest, constants=(1,))
    for k in range(4):
        w.op(f"cumsum_{k}", "CumSum", [normal(r, 3, 5, 2), np.int64(k - 2)], exclusive=k & 1, reverse=k >> 1, constants=(1,))


def rearrangements(w):
    r = w.rng("move")
    x = normal(r, 3, 4, 5)
    for axis in (0, 1, -1):
        other = list(x.shape)
        other[axis] = 2
        w.op(f"concat_{axis}", "Concat", [x, normal(r, *other), x], axis=axis)
    w.op("split_even", "Split", [x], n_outputs=2, axis=1)
    w.op("split_old", "Split", [x], opset=11, n_outputs=2, axis=2, split=[2, 3])
    w.op("split_sizes", "Split", [x, ints(1, 3)], n_outputs=2, axis=1, constants=(1,))
    w.op("split_uneven", "Split", [x], opset=18, n_outputs=2, axis=2, num_outputs=2)
    w.op("slice_old", "Slice", [x, ints(0, 1), ints(2, 100)], opset=10, constants=(1, 2))
    big = np.iinfo(np.int64).max
    for k, (starts, ends, axes, steps) in enumerate([([1], [3], [1], [1]), ([-1], [-5], [1], [-1]), ([4], [-big], [2], [-2]), ([0, -3], [big, big], [0, 2], [2, 2]),
                                                     ([10], [20], [1], [1]), ([-100], [2], [0], [1]), ([3], [1], [1], [1])]):
        w.op(f"slice_{k}", "Slice", [x, ints(*starts), ints(*ends), ints(*axes), ints(*steps)], constants=(1, 2, 3, 4))
    for k, perm in enumerate([[0, 2, 1], [2, 1, 0], [1, 0, 2]]):
        w.op(f"transpose_{k}", "Transpose", [x], perm=perm)
    w.op("transpose_default", "Transpose", [x])
    w.op("transpose_bool", "Transpose", [x > 0], perm=[1, 2, 0])
    w.op("expand", "Expand", [normal(r, 3, 1), ints(2, 1, 6)], constants=(1,))
    w.op("tile", "Tile", [normal(r, 3, 2), ints(2, 3)], constants=(1,))
    w.op("gather_0", "Gather", [x, ints(2, 0, -1)])
    w.op("gather_1", "Gather", [x, np.array([[0, 3], [1, -2]])], axis=1)
    w.op("gather_scalar", "Gather", [x, np.int64(1)], axis=2)
    w.op("gatherelements", "GatherElements", [x, r.integers(-4, 4, (3, 2, 5))], axis=1)
    w.op("gathernd", "GatherND", [x, np.array([[0, 1], [2, 3]])])
    w.op("gathernd_batch", "GatherND", [x, np.array([[1], [2], [0]])], batch_dims=1)
    w.op("scatterelements", "ScatterElements", [x, np.array([[[0, 2]], [[1, 3]]]), normal(r, 2, 1, 2)], axis=2)
    w.op("scatterelements_add", "ScatterElements", [x, np.array([[[0, 0]], [[1, 3]]]), normal(r, 2, 1, 2)], axis=2, opset=18, reduction="add")
    w.op("scatternd", "ScatterND", [x, np.array([[0, 1], [2, 3]]), normal(r, 2, 5)])
    w.op("onehot", "OneHot", [r.integers(-3, 3, (2, 3)), np.int64(4), np.array([0.5, 2], F)], axis=1, constants=(1, 2))
    for mode in ("constant", "reflect", "edge"):
        w.op(f"pad_{mode}", "Pad", [x, ints(1, 0, 2, 0, 3, 1)], mode=mode, constants=(1,))
    w.op("pad_value", "Pad", [x, ints(1, 0, 2, 0, 3, 1), F(2.5)], constants=(1, 2))
    w.op("pad_crop", "Pad", [x, ints(-1, 0, 2, 0, -1, 1)], constants=(1,))
    w.op("pad_old", "Pad", [x], opset=10, pads=[0, 1, 0, 1, 0, 2], value=1.5)
    w.op("pad_axes", "Pad", [x, ints(1, 2), F(0.5), ints(-1)], opset=18, constants=(1, 3))
    for mode in ("half_pixel", "asymmetric", "align_corners"):
        for nearest in ("round_prefer_floor", "floor", "ceil", "round_prefer_ceil"):
            w.op(f"resize_{mode}_{nearest}", "Resize", [normal(r, 1, 2, 5, 6), None, np.array([1, 1, 2, 1.5], F)], mode="nearest", constants=(2,),
                 coordinate_transformation_mode=mode, nearest_mode=nearest)
    w.op("resize_sizes", "Resize", [normal(r, 1, 2, 5, 6), None, None, ints(1, 2, 8, 9)], mode="nearest", constants=(3,), coordinate_transformation_mode="asymmetric")


def shapes(w):
    r = w.rng("shape")
    x = normal(r, 3, 4, 5)
    w.op("shape", "Shape", [x])
    w.op("shape_part", "Shape", [x], start=1, end=-1)
    w.op("size", "Size", [x])
    w.op("reshape", "Reshape", [x, ints(0, -1)], constants=(1,))
    w.op("flatten", "Flatten", [x], axis=2)
    w.op("flatten_0", "Flatten", [x], axis=0)
    w.op("squeeze_old", "Squeeze", [normal(r, 1, 3, 1)], opset=11, axes=[0])
    w.op("squeeze", "Squeeze", [normal(r, 1, 3, 1), ints(-1)], constants=(1,))
    w.op("squeeze_all", "Squeeze", [normal(r, 1, 3, 1)])
    w.op("unsqueeze_old", "Unsqueeze", [x], opset=11, axes=[0, 4])
    w.op("unsqueeze", "Unsqueeze", [x, ints(1, -1)], constants=(1,))
    w.op("identity", "Identity", [x])
    w.op("dropout", "Dropout", [x])
    w.op("constantofshape", "ConstantOfShape", [ints(2, 3)], constants=(0,), value=helper.make_tensor("v", TensorProto.INT64, [1], [7]))
    w.op("range_float", "Range", [F(1), F(2.9), F(0.4)], constants=(0, 1, 2))
    w.op("range_int", "Range", [np.int64(9), np.int64(-2), np.int64(-3)], constants=(0, 1, 2))
    w.op("trilu_upper", "Trilu", [normal(r, 2, 4, 5), np.int64(1)], upper=1, constants=(1,))
    w.op("trilu_lower", "Trilu", [normal(r, 4, 4)], upper=0)
    w.op("eyelike", "EyeLike", [normal(r, 4, 5)], k=1)
    n = helper.make_node
    for key, value in [("value_float", 1.5), ("value_int", 7), ("value_ints", [1, 2]), ("value_floats", [1.0, 2.5])]:
        w.graph(f"constant_{key}", [n("Constant", [], ["c"], **{key: value}), n("Identity", ["c"], ["y"]), n("Neg", ["x"], ["z"])], {"x": x}, ["y", "z"], 17)


def control(w):
    n = helper.make_node
    r = w.rng("control")
    info = helper.make_tensor_value_info
    any_float = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
    then = helper.make_graph([n("Mul", ["x", "two"], ["a"])], "then", [], [any_float("a")])
    other = helper.make_graph([n("Sub", ["x", "two"], ["b"])], "else", [], [any_float("b")])
    x = normal(r, 3, 4)
    for value in (True, False):
        w.graph(f"if_{value}", [n("If", ["c"], ["y"], then_branch=then, else_branch=other)], {"x": x}, ["y"], 17, {"c": np.array(value), "two": F(2)})
        w.graph(f"if_input_{value}", [n("If", ["c"], ["y"], then_branch=then, else_branch=other)], {"x": x, "c": np.array(value)}, ["y"], 17, {"two": F(2)})
    flat = helper.make_graph([n("Flatten", ["x"], ["b"], axis=0)], "else", [], [any_float("b")])
    w.graph("if_two_shapes", [n("If", ["c"], ["y"], then_branch=then, else_branch=flat)], {"x": x, "c": np.array(True)}, ["y"], 17, {"two": F(2)})
    nodes = [n("Shape", ["x"], ["s"]), n("Gather", ["s", "one"], ["d"]), n("Equal", ["d", "four"], ["c"]), n("If", ["c"], ["y"], then_branch=then, else_branch=other)]
    w.graph("if_shape", nodes, {"x": x}, ["y"], 17, {"one": np.int64(1), "four": np.int64(4), "two": F(2)})
    body = helper.make_graph(
        [n("Gather", ["x", "i"], ["row"]), n("Add", ["acc", "row"], ["next"]), n("Identity", ["go"], ["go_on"]), n("Mul", ["next", "two"], ["scan"])], "body",
        [info("i", TensorProto.INT64, []), info("go", TensorProto.BOOL, []), any_float("acc")],
        [info("go_on", TensorProto.BOOL, []), any_float("next"), any_float("scan")])
    w.graph("loop", [n("Loop", ["trips", "", "zero"], ["last", "all"], body=body)], {"x": x}, ["last", "all"], 17,
            {"trips": np.int64(3), "zero": np.zeros(4, F), "two": F(2)})
    append = helper.make_graph(
        [n("Gather", ["x", "i"], ["row"]), n("Tanh", ["row"], ["t"]), n("SequenceInsert", ["list", "t"], ["longer"]), n("Identity", ["go"], ["go_on"])], "append",
        [info("i", TensorProto.INT64, []), info("go", TensorProto.BOOL, []), helper.make_tensor_sequence_value_info("list", TensorProto.FLOAT, None)],
        [info("go_on", TensorProto.BOOL, []), helper.make_tensor_sequence_value_info("longer", TensorProto.FLOAT, None)])
    w.graph("loop_sequence", [n("SequenceEmpty", [], ["empty"]), n("Loop", ["trips", "true", "empty"], ["list"], body=append),
                              n("ConcatFromSequence", ["list"], ["y"], axis=0, new_axis=1), n("SequenceLength", ["list"], ["k"])], {"x": x}, ["y", "k"], 17,
            {"trips": np.int64(3), "true": np.array(True)})
    w.graph("sequence", [n("SplitToSequence", ["x", "one"], ["s"], axis=1), n("SequenceAt", ["s", "two"], ["a"]), n("SequenceErase", ["s", "one0"], ["e"]),
                         n("ConcatFromSequence", ["e"], ["y"], axis=1)], {"x": x}, ["a", "y"], 17, {"one": np.int64(1), "two": np.int64(2), "one0": np.int64(0)})
    w.graph("sequence_nokeep", [n("SplitToSequence", ["x"], ["s"], axis=0, keepdims=0), n("ConcatFromSequence", ["s"], ["y"], axis=0)], {"x": x}, ["y"], 17)
    w.graph("sequence_construct", [n("SequenceConstruct", ["x", "z"], ["s"]), n("SequenceAt", ["s", "last"], ["y"])], {"x": x, "z": normal(r, 2)}, ["y"], 17,
            {"last": np.int64(-1)})


def merges(w):
    """Chains that Simplify rewrites."""
    n = helper.make_node
    r = w.rng("merge")
    x = normal(r, 1, 4, 20)
    bn = lambda c: {"g": normal(r, c), "b": normal(r, c), "m": normal(r, c), "v": np.abs(normal(r, c)) + F(0.2)}
    w.graph("merge_conv_bn_relu", [n("Conv", ["x", "k"], ["c"], pads=[1, 1]), n("BatchNormalization", ["c", "g", "b", "m", "v"], ["n"]), n("Relu", ["n"], ["y"])],
            {"x": x}, ["y"], 17, {"k": normal(r, 6, 4, 3), **bn(6)})
    w.graph("merge_bn_conv", [n("BatchNormalization", ["x", "g", "b", "m", "v"], ["n"]), n("Conv", ["n", "k", "kb"], ["y"])],
            {"x": x}, ["y"], 17, {"k": normal(r, 6, 4, 3), "kb": normal(r, 6), **bn(4)})
    w.graph("merge_bn_conv_padded", [n("BatchNormalization", ["x", "g", "b", "m", "v"], ["n"]), n("Conv", ["n", "k"], ["y"], pads=[1, 1])],
            {"x": x}, ["y"], 17, {"k": normal(r, 6, 4, 3), **bn(4)})
    w.graph("merge_scale_conv_padded", [n("Mul", ["x", "s"], ["n"]), n("Conv", ["n", "k"], ["y"], pads=[1, 1], group=2)],
            {"x": x}, ["y"], 17, {"k": normal(r, 6, 2, 3), "s": normal(r, 4, 1)})
    w.graph("merge_bn_grouped_conv", [n("BatchNormalization", ["x", "g", "b", "m", "v"], ["n"]), n("Conv", ["n", "k"], ["y"], group=2)],
            {"x": x}, ["y"], 17, {"k": normal(r, 6, 2, 3), **bn(4)})
    w.graph("merge_convtranspose_bn", [n("ConvTranspose", ["x", "k", "kb"], ["c"], strides=[2], group=2), n("BatchNormalization", ["c", "g", "b", "m", "v"], ["y"])],
            {"x": x}, ["y"], 17, {"k": normal(r, 4, 3, 3), "kb": normal(r, 6), **bn(6)})
    w.graph("merge_conv_two_readers", [n("Conv", ["x", "k"], ["c"]), n("BatchNormalization", ["c", "g", "b", "m", "v"], ["n"]), n("Add", ["n", "c"], ["y"])],
            {"x": x}, ["y"], 17, {"k": normal(r, 6, 4, 3), **bn(6)})
    w.graph("merge_conv_output", [n("Conv", ["x", "k"], ["c"]), n("BatchNormalization", ["c", "g", "b", "m", "v"], ["n"])],
            {"x": x}, ["n", "c"], 17, {"k": normal(r, 6, 4, 3), **bn(6)})
    w.graph("merge_conv_mul_add", [n("Conv", ["x", "k"], ["c"]), n("Mul", ["c", "s"], ["d"]), n("Add", ["t", "d"], ["y"])],
            {"x": x}, ["y"], 17, {"k": normal(r, 6, 4, 3), "s": normal(r, 6, 1), "t": normal(r, 1, 6, 1)})
    w.graph("merge_conv_wrong_axis", [n("Conv", ["x", "k"], ["c"]), n("Mul", ["c", "s"], ["y"])],
            {"x": normal(r, 1, 4, 8)}, ["y"], 17, {"k": normal(r, 6, 4, 3), "s": normal(r, 6)})
    w.graph("merge_gemm_bn", [n("Gemm", ["x", "k", "kb"], ["c"], transB=1, alpha=0.5), n("BatchNormalization", ["c", "g", "b", "m", "v"], ["y"])],
            {"x": normal(r, 2, 5)}, ["y"], 17, {"k": normal(r, 6, 5), "kb": normal(r, 6), **bn(6)})
    w.graph("merge_matmul_add_mul", [n("MatMul", ["x", "k"], ["c"]), n("Add", ["kb", "c"], ["d"]), n("Mul", ["d", "s"], ["e"]), n("Div", ["e", "q"], ["y"])],
            {"x": normal(r, 2, 3, 5)}, ["y"], 17, {"k": normal(r, 5, 6), "kb": normal(r, 6), "s": normal(r, 6), "q": F(3)})
    w.graph("merge_sub", [n("MatMul", ["x", "k"], ["c"]), n("Sub", ["kb", "c"], ["d"]), n("Sub", ["d", "s"], ["y"])],
            {"x": normal(r, 2, 3, 5)}, ["y"], 17, {"k": normal(r, 5, 6), "kb": normal(r, 6), "s": normal(r, 6)})
    w.graph("merge_relu_bn_bn", [n("Relu", ["x"], ["r"]), n("BatchNormalization", ["r", "g", "b", "m", "v"], ["n"]), n("Mul", ["n", "s"], ["o"]), n("Add", ["o", "s"], ["y"])],
            {"x": x}, ["y"], 17, {**bn(4), "s": normal(r, 4, 1)})
    ln = [n("ReduceMean", ["x"], ["mean"], axes=[-1]), n("Sub", ["x", "mean"], ["d"]), n("Pow", ["d", "two"], ["sq"]), n("ReduceMean", ["sq"], ["var"], axes=[-1]),
          n("Add", ["var", "eps"], ["ve"]), n("Sqrt", ["ve"], ["sd"]), n("Div", ["d", "sd"], ["z"]), n("Mul", ["z", "g"], ["zg"]), n("Add", ["zg", "b"], ["y"])]
    consts = {"two": F(2), "eps": F(1e-5), "g": normal(r, 8), "b": normal(r, 8)}
    w.graph("fuse_layernorm", ln, {"x": normal(r, 2, 3, 8)}, ["y"], 13, consts)
    square = [n("Mul", ["d", "d"], ["sq"]) if m.op_type == "Pow" else m for m in ln]
    w.graph("fuse_layernorm_mul", square, {"x": normal(r, 2, 3, 8)}, ["y"], 13, consts)
    w.graph("fuse_layernorm_plain", [m for m in ln[:6]] + [n("Div", ["d", "sd"], ["y"])], {"x": normal(r, 2, 3, 8)}, ["y"], 13, consts)
    rms = [n("Pow", ["x", "two"], ["sq"]), n("ReduceMean", ["sq"], ["var"], axes=[-1]), n("Add", ["var", "eps"], ["ve"]), n("Sqrt", ["ve"], ["sd"])]
    w.graph("fuse_rmsnorm_div", rms + [n("Div", ["x", "sd"], ["z"]), n("Mul", ["g", "z"], ["y"])], {"x": normal(r, 2, 3, 8)}, ["y"], 13, consts)
    w.graph("fuse_rmsnorm", rms + [n("Reciprocal", ["sd"], ["i"]), n("Mul", ["x", "i"], ["z"]), n("Mul", ["z", "g"], ["y"])], {"x": normal(r, 2, 3, 8)}, ["y"], 13, consts)
    gelu = [n("Div", ["x", "root2"], ["a"]), n("Erf", ["a"], ["e"]), n("Add", ["e", "one"], ["f"])]
    g = {"root2": F(2 ** 0.5), "one": F(1), "half": F(0.5), "k": F(0.044715), "root": F((2 / np.pi) ** 0.5), "three": F(3)}
    w.graph("fuse_gelu", gelu + [n("Mul", ["x", "f"], ["h"]), n("Mul", ["h", "half"], ["y"])], {"x": x}, ["y"], 17, g)
    w.graph("fuse_gelu_other", gelu + [n("Mul", ["half", "x"], ["h"]), n("Mul", ["h", "f"], ["y"])], {"x": x}, ["y"], 17, g)
    w.graph("fuse_gelu_mul", [n("Mul", ["x", "inv"], ["a"])] + gelu[1:] + [n("Mul", ["f", "half"], ["h"]), n("Mul", ["x", "h"], ["y"])], {"x": x}, ["y"], 17,
            {**g, "inv": F(0.5 ** 0.5)})
    tanh = [n("Pow", ["x", "three"], ["p"]), n("Mul", ["p", "k"], ["q"]), n("Add", ["x", "q"], ["s"]), n("Mul", ["s", "root"], ["t"]), n("Tanh", ["t"], ["u"]),
            n("Add", ["u", "one"], ["v"])]
    w.graph("fuse_gelu_tanh", tanh + [n("Mul", ["x", "half"], ["h"]), n("Mul", ["h", "v"], ["y"])], {"x": x}, ["y"], 17, g)
    w.graph("fuse_gelu_wrong", [n("Div", ["x", "three"], ["a"])] + gelu[1:] + [n("Mul", ["x", "f"], ["h"]), n("Mul", ["h", "half"], ["y"])], {"x": x}, ["y"], 17, g)
    w.graph("fuse_silu", [n("Sigmoid", ["x"], ["s"]), n("Mul", ["x", "s"], ["y"])], {"x": x}, ["y"], 17)
    w.graph("fuse_silu_kept", [n("Sigmoid", ["x"], ["s"]), n("Mul", ["s", "x"], ["y"])], {"x": x}, ["y", "s"], 17)
    later = {"later": np.triu(np.ones((x.shape[-1],) * 2, bool), 1)[:x.shape[-2]], "nothing": F(-np.inf)}
    w.graph("fuse_mask", [n("Where", ["later", "nothing", "x"], ["m"]), n("Softmax", ["m"], ["y"], axis=-1)], {"x": x}, ["y"], 17, later)
    added = {"mask": np.where(later["later"], F(-3.4028235e38), F(0))}
    w.graph("fuse_mask_added", [n("Add", ["mask", "x"], ["m"]), n("Softmax", ["m"], ["y"], axis=-1)], {"x": x}, ["y"], 17, added)
    w.graph("fuse_mask_kept", [n("Add", ["mask", "x"], ["m"]), n("Softmax", ["m"], ["y"], axis=-1)], {"x": x}, ["y", "m"], 17, added)
    w.graph("fuse_hardswish", [n("HardSigmoid", ["x"], ["s"], alpha=1 / 6, beta=0.5), n("Mul", ["x", "s"], ["y"])], {"x": x}, ["y"], 17)
    w.graph("fuse_hardswish_clip", [n("Add", ["x", "three"], ["a"]), n("Clip", ["a", "zero", "six"], ["c"]), n("Mul", ["x", "c"], ["m"]), n("Div", ["m", "six"], ["y"])],
            {"x": x * F(4)}, ["y"], 17, {"three": F(3), "zero": F(0), "six": F(6)})
    w.graph("fold_shape", [n("Shape", ["x"], ["s"]), n("Gather", ["s", "i"], ["d"]), n("Unsqueeze", ["d", "i0"], ["u"]), n("Concat", ["u", "m1"], ["t"], axis=0),
                           n("Reshape", ["x", "t"], ["y"])], {"x": x}, ["y"], 17, {"i": np.int64(1), "i0": ints(0), "m1": ints(-1)})


ALL = [unary, binary, convolutions, products, normalisations, pools, recurrences, reductions, rearrangements, shapes, control, merges]
