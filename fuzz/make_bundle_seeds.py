#!/usr/bin/env python3
"""Writes the seeds of fuzz_bundle_weights: make_bundle_seeds.py FOLDER

Each is le32 size of the JSON, bundle.json, and the weights that follow the front end's 108096 bytes, which the seeds
share with tests/vectors/random_bundle. Together the seeds hold every operation of docs/graph.md.
"""
import json
import random
import struct
import sys
from pathlib import Path

FRONT_END_BYTES = 108096
ROOT = Path(__file__).resolve().parent.parent


class Weights:
    def __init__(self, seed):
        self.bytes = bytearray()
        self.random = random.Random(seed)

    def values(self, dtype, values):
        return self.tensor(dtype, [len(values)], values=values)

    def tensor(self, dtype, shape, largest=5, values=None):
        while len(self.bytes) % 4:
            self.bytes.append(0)
        reference = {"offset": FRONT_END_BYTES + len(self.bytes), "dtype": dtype, "shape": shape}
        count = 1
        for d in shape:
            count *= d
        code = {"int8": "b", "int16": "h", "int32": "i"}[dtype]
        for k in range(count):
            self.bytes += struct.pack("<" + code, self.random.randint(-largest, largest) if values is None else values[k])
        return reference


def node(name, op, inputs, **attributes):
    return {"name": name, "op": op, "inputs": inputs, **attributes}


def conv1d(w, name, x, outputs, kernel, inputs, stride=1):
    return node(name, "conv1d", [x], stride=stride, dilation=1, pad_left=kernel // 2, pad_right=kernel // 2, groups=1,
                weight=w.tensor("int8", [outputs, kernel, inputs]), bias=w.tensor("int32", [outputs]))


def requant(name, x, shift=6, lo=0):
    return node(name, "requant", [x], shift=shift, mult=1, q=0, lo=lo, hi=127)


def embedding(w, gated):
    nodes = [conv1d(w, "c1", "features", 4, 3, 32, stride=2), requant("r1", "c1")]
    last = "r1"
    if gated:
        nodes += [
            conv1d(w, "g1", "r1", 4, 1, 4),
            node("gate", "table_activation", ["g1"], shift=3, first=-8, table=w.tensor("int16", [16], 60)),
            node("product", "mul", ["r1", "gate"]), requant("r2", "product", shift=4),
            node("mean", "mean_time", ["r2"]), node("spread", "broadcast", ["mean", "r2"]),
            node("both", "concat", ["r2", "spread"]), node("half", "slice", ["both"], begin=2, end=6),
            node("sum", "add", ["half", "r2"]), requant("r3", "sum", shift=1)]
        last = "r3"
    if gated == "every":
        nodes += every_operation(w)
    nodes += [node("stats", "stats_pool", [last, "mask"]),
              node("d", "dense", ["stats"], weight=w.tensor("int8", [64, 8]), bias=w.tensor("int32", [64])),
              requant("out", "d", lo=-127)]
    return {"inputs": [{"name": "features", "shape": ["T", 32], "min": -128, "max": 127},
                       {"name": "mask", "shape": ["T/2"], "min": 0, "max": 1}], "nodes": nodes, "output": "out"}


def table(w, name, lo, hi, shift=0):
    return {name: w.values("int16", list(range(lo, hi + 1))), name + "_first": lo, name + "_shift": shift}


def recurrent(w, gates, hidden=2, channels=3):
    return {"input_weight": w.tensor("int16", [gates * hidden, channels]),
            "state_weight": w.tensor("int16", [gates * hidden, hidden]), "bias": w.tensor("int32", [gates * hidden])}


def every_operation(w):
    """What the other graphs lack, on the mean over time of r1: [1][4], in 0..127."""
    def softmax():
        return {"fraction_bits": 1, "total": 50, "first": -51, "table": w.values("int16", list(range(52)))}
    return [
        node("e_mean", "mean", ["r1"], axes=[0]), node("e_turned", "transpose", ["e_mean"], order=[1, 0]),
        node("e_square", "reshape", ["e_turned"], dims=[2, 2]),
        node("e_pad", "pad", ["e_square"], axis=0, before=1, after=1, mode=1),
        node("e_gather", "gather", ["e_pad"], indices=[0, 2, 1], axis=0),
        node("e_slice", "slice", ["e_pad"], begin=2, end=-1, axis=0, step=-1), node("e_sub", "sub", ["e_gather", "e_slice"]),
        node("e_offset", "offset", ["e_sub"], dims=[2], values=w.tensor("int32", [2])),
        node("e_scale", "scale", ["e_offset"], dims=[1], values=w.values("int32", [3])),
        requant("e_small", "e_scale", shift=2, lo=-127), node("e_matrix", "matmul", ["e_small", "e_small"], transpose_y=1),
        requant("e", "e_matrix", lo=-127), node("e_softmax", "softmax", ["e"], **softmax()),
        node("e_log_softmax", "log_softmax", ["e"], **softmax()), node("e_logsumexp", "logsumexp", ["e"], **softmax()),
        node("e_normal", "normalise", ["e"], axes=[-1], centred=1, fraction_bits=1, epsilon=4, scale=4096, shift=5),
        node("e_max", "max", ["e"], axes=[0]), node("e_sum", "sum", ["e_max"], axes=[-1]),
        node("e_argmax", "argmax", ["e"]), node("e_one_hot", "one_hot", ["e_argmax"], depth=3),
        node("e_dot", "dot", ["e", "e"], axes=[-1]), node("e_limbs", "limbs", ["e"], shift=3),
        node("e_wide_table", "wide_table", ["e"], shift=3, first=-2, table=w.values("int16", [1, 2, 3, 4]), fine_shift=1,
             fine_first=-4, fine=w.values("int16", list(range(8)))),
        node("e_sqrt", "sqrt", ["e_softmax"], bits=4), node("e_div", "div", ["e", "e_softmax"], bits=2),
        node("e_wide", "conv_transpose1d", ["e"], stride=[2], dilation=[1], output_pad=[1], pad=[1, 0], groups=1,
             weight=w.tensor("int8", [2, 3, 3]), bias=w.tensor("int32", [2])),
        node("e_lstm", "lstm", ["e"], **recurrent(w, 4), **table(w, "sigmoid", 0, 64, 4), **table(w, "tanh", -64, 64, 4),
             **table(w, "cell_tanh", -64, 64), cell_shift=6, hidden_shift=6, cell_lo=-128, cell_hi=127, with_cell=1),
        node("e_gru", "gru", ["e"], **recurrent(w, 3), **table(w, "sigmoid", 0, 64, 4), **table(w, "tanh", -64, 64, 8),
             gate_bits=6, reset_after=1, state_shift=3, candidate_scale=8, state_bias=w.tensor("int32", [2])),
        node("e_rnn", "rnn", ["e"], **recurrent(w, 1), **table(w, "table", -64, 64, 4), reverse=1)]


def recogniser(w, pools):
    nodes = [conv1d(w, "c1", "features", 2, 1, 32), requant("r1", "c1")]
    if pools == "max":
        nodes.append(node("p1", "maxpool1d", ["r1"], size=2, stride=2))
    elif pools == "mean":
        nodes.append(node("p1", "avgpool1d", ["r1"], size=2, stride=2))
    else:
        nodes[:] = [node("p1", "avgpool1d", ["features"], size=2, stride=2)]
    channels = 32 if pools == "none" else 2
    nodes.append(conv1d(w, "out", "p1", 13, 1, channels))
    return {"inputs": [{"name": "features", "shape": ["T", 32], "min": -128, "max": 127}], "nodes": nodes, "output": "out"}


def image_recogniser(w):
    nodes = [
        node("c1", "conv2d", ["image"], stride=[1, 1], dilation=[1, 1], pad=[1, 1, 0, 0], groups=1,
             weight=w.tensor("int8", [2, 3, 1, 1]), bias=w.tensor("int32", [2])),
        requant("r1", "c1"), node("p1", "maxpool2d", ["r1"], size=[2, 2], stride=[2, 2]),
        node("p2", "avgpool2d", ["p1"], size=[1, 2], stride=[1, 2])]
    return nodes


def write(folder, name, seed, gated, pools):
    bundle = json.loads((ROOT / "tests/vectors/random_bundle/bundle.json").read_text())
    w = Weights(seed)
    bundle["buckets"] = [64, 192]
    bundle["graphs"] = {"embedding": embedding(w, gated), "recogniser": recogniser(w, pools)}
    if pools == "image":
        # Rank 3 is not reachable from the inputs, which are signals: refused by its shapes.
        bundle["graphs"]["recogniser"]["nodes"] += image_recogniser(w)
    bundle["weights"]["bytes"] = FRONT_END_BYTES + len(w.bytes)
    text = json.dumps(bundle, separators=(",", ":")).encode()
    (folder / name).write_bytes(struct.pack("<I", len(text)) + text + bytes(w.bytes))


def imported(w, samples):
    """A network of somebody else's: a model file (docs/import.md, 8) that adds up 8 shares of its samples."""
    def real(dims, axes):
        return {"name": "samples", "dims": dims, "axes": axes, "step": 1}
    model = {"name": "sums", "inputs": [{"name": "x", "shape": [samples], "min": -1, "max": 1, "real": real([samples], [[0]])}],
             "nodes": [node("shares", "reshape", ["x"], attributes={"dims": [8, samples // 8]}),
                       node("sum", "sum", ["shares"], attributes={"axes": [1]})],
             "output": {"node": "sum", "real": real([8, 1], [[0], [1]])}}
    text = json.dumps(model, separators=(",", ":")).encode()
    while len(w.bytes) % 4:
        w.bytes.append(0)
    offset = FRONT_END_BYTES + len(w.bytes)
    w.bytes += b"voizkvzm" + struct.pack("<IQ", 1, len(text)) + text
    return {"version": 1, "model": {"offset": offset, "bytes": 20 + len(text)},
            "inputs": [{"reads": "samples", "mult": 1, "shift": 10}], "output_shift": 3,
            "projection": w.tensor("int16", [64, 8]), "bias": w.tensor("int32", [64]), "shift": 4}


def write_imported(folder, name, seed, samples, buckets, features):
    bundle = json.loads((ROOT / "tests/vectors/random_bundle/bundle.json").read_text())
    w = Weights(seed)
    bundle.update(format=2, buckets=buckets, graphs={"recogniser": recogniser(w, "max")}, speaker=imported(w, samples))
    bundle["features"].update(features)
    bundle["weights"]["bytes"] = FRONT_END_BYTES + len(w.bytes)
    text = json.dumps(bundle, separators=(",", ":")).encode()
    (folder / name).write_bytes(struct.pack("<I", len(text)) + text + bytes(w.bytes))


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, "plain", 1, False, "max")
    write(folder, "gated", 2, True, "mean")
    write(folder, "pooled_input", 3, False, "none")
    write(folder, "image", 4, True, "image")
    write(folder, "every", 5, "every", "max")
    write_imported(folder, "imported", 6, 80 * 192, [64, 192], {})
    # hop T fits the network's input; the buffer with its last frame is longer than a value may be.
    mel, dft = {"offset": 40000, "dtype": "uint8", "shape": [32, 1]}, {"offset": 0, "dtype": "int16", "shape": [2, 8193]}
    write_imported(folder, "long_frame", 7, 1 << 20, [33824], {"hop": 31, "frame": 8192, "bins": 1, "dft": dft, "mel": mel})


if __name__ == "__main__":
    main()
