"""Shapes of the two networks and their export as integer graphs (docs/bundle.md)."""
from dataclasses import dataclass

import numpy as np

from integer_graph import P_HALF


@dataclass(frozen=True)
class Conv:
    name: str
    channels_in: int
    channels_out: int
    kernel: int
    stride: int = 1
    dilation: int = 1

    @property
    def pads(self):
        """Output t is centred on input t*stride; the output length is T/stride for even T."""
        total = (self.kernel - 1) * self.dilation - (self.stride - 1)
        left = (self.kernel - 1) * self.dilation // 2
        return left, total - left


# Shapes of the networks that stand side by side in an embedding, one or more.
EMBEDDINGS = {
    "small": [
        Conv("conv1", 32, 128, 5, stride=2),
        Conv("conv2", 128, 128, 3),
        Conv("conv3", 128, 128, 3, dilation=2),
        Conv("conv4", 128, 128, 3, dilation=3),
        Conv("conv5", 128, 128, 1),
        Conv("conv6", 128, 256, 1),
    ],
}
EMBEDDING_DIM = 64

RECOGNISER = [
    Conv("conv1", 32, 64, 5, stride=2),
    Conv("conv2", 64, 64, 5),
    Conv("conv3", 64, 64, 5, dilation=2),
    Conv("conv4", 64, 64, 5, dilation=2),
    Conv("conv5", 64, 64, 5, dilation=3),
]
CLASS_COUNT = 13


def requant_fields(scale, acc_low, acc_high, lo, hi):
    """Smallest shift whose h spans at most 2^14 values, and mult/2^q next to scale*2^shift.

    `scale` is the real factor from accumulator to output.
    """
    assert -P_HALF < acc_low <= acc_high < P_HALF
    shift = 0
    while (int(acc_high) >> shift) - (int(acc_low) >> shift) + 1 > 1 << 14:
        shift += 1
    factor, q = scale * (1 << shift), 0
    while factor * (1 << (q + 1)) < (1 << 15) - 1 and q < 24:
        q += 1
    return {"shift": shift, "mult": max(1, int(round(factor * (1 << q)))), "q": q, "lo": lo, "hi": hi}


def interval(weight, bias, low, high, padded):
    w = weight.reshape(len(weight), -1).astype(np.int64)
    low, high = np.broadcast_to(low, w.shape[1]), np.broadcast_to(high, w.shape[1])
    if padded:
        low, high = np.minimum(low, 0), np.maximum(high, 0)
    pos, neg = np.maximum(w, 0), np.minimum(w, 0)
    return int((pos @ low + neg @ high + bias).min()), int((pos @ high + neg @ low + bias).max())


def add_linear(writer, nodes, node, weight, bias, scale, bounds, out):
    """Appends a linear node and its requant; returns the requant's name. bounds: input interval."""
    low, high = interval(weight, bias, *bounds, padded=node["op"] == "conv1d")
    node["weight"] = writer.tensor(weight, "int8")
    node["bias"] = writer.tensor(bias, "int32")
    nodes.append(node)
    name = node["name"] + "_out"
    nodes.append({"name": name, "op": "requant", "inputs": [node["name"]], **requant_fields(scale, low, high, *out)})
    return name


def add_convs(writer, nodes, convs, layers, source, prefix=""):
    bounds = (-128, 127)
    for conv, layer in zip(convs, layers):
        left, right = conv.pads
        node = {"name": prefix + conv.name, "op": "conv1d", "inputs": [source], "stride": conv.stride,
                "dilation": conv.dilation, "pad_left": left, "pad_right": right, "groups": 1}
        source = add_linear(writer, nodes, node, layer["weight"], layer["bias"], layer["scale"], bounds, (0, 127))
        bounds = (0, 127)
    return source


FEATURES_INPUT = {"name": "features", "shape": ["T", 32], "min": -128, "max": 127}
MASK_INPUT = {"name": "mask", "shape": ["T/2"], "min": 0, "max": 1}


def embedding_graph(writer, sizes, trunks, dense):
    """Trunks side by side, their statistics under one dense layer. trunks: of each, one dict (weight int [out][k][in], bias
    int, scale real) per conv; sizes: their shapes, keys of EMBEDDINGS."""
    nodes, pools, high = [], [], []
    for k, (size, layers) in enumerate(zip(sizes, trunks)):
        prefix = "" if len(sizes) == 1 else "abcdefgh"[k] + "_"
        last = add_convs(writer, nodes, EMBEDDINGS[size], layers, "features", prefix)
        pools.append(prefix + "pool")
        nodes.append({"name": pools[-1], "op": "stats_pool", "inputs": [last, "mask"]})
        high.append(np.repeat([1016, 508], EMBEDDINGS[size][-1].channels_out))
    if len(pools) > 1:
        nodes.append({"name": "pools", "op": "concat", "inputs": pools, "axis": -1})
        pools = ["pools"]
    out = add_linear(writer, nodes, {"name": "dense", "op": "dense", "inputs": pools}, dense["weight"],
                     dense["bias"], dense["scale"], (0, np.concatenate(high)), (-127, 127))
    return {"inputs": [FEATURES_INPUT, MASK_INPUT], "nodes": nodes, "output": out}


def recogniser_graph(writer, layers):
    nodes = []
    last = add_convs(writer, nodes, RECOGNISER, layers, "features")
    top = layers[-1]
    node = {"name": "logits", "op": "conv1d", "inputs": [last], "stride": 1, "dilation": 1, "pad_left": 0,
            "pad_right": 0, "groups": 1}
    out = add_linear(writer, nodes, node, top["weight"], top["bias"], top["scale"], (0, 127), (-127, 127))
    return {"inputs": [FEATURES_INPUT], "nodes": nodes, "output": out}
