#!/usr/bin/env python3
"""aasist.py AASIST-L.pth OUT.onnx [--samples 64600]: AASIST and AASIST-L (Jung et al., ICASSP 2022; weights MIT, trained on
ASVspoof 2019 LA), as an ONNX file.  Which of the two is read off the weights' shapes.

Input: samples at 16 kHz in [-1, 1], [1, 1, samples].  Output: two logits, [1, 2]: spoofed, bona fide.  Fewer samples than
the 64,600 of the training give fewer temporal nodes and are for measurements.

Written from the paper and the published architecture: a fixed bank of band-pass filters, six residual blocks, graph
attention over frequency and over time, pooling of each graph to its best nodes, two passes of attention over both graphs
and a master node, their maximum, a readout.  Batch norms of the graph layers are folded into their projections.  Needs
numpy and onnx."""
import argparse
import io
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import ge2e

RATE, KERNEL, FILTERS, EPSILON = 16000, 129, 70, 1e-5
TEMPERATURES = {"S": 2.0, "T": 2.0, "ST": 100.0}
RATIOS = {24: (0.4, 0.5, 0.7), 64: (0.5, 0.7, 0.5)}  # of nodes kept, by width: spectral, temporal, both together


def read_weights(path):
    """Tensors by name, of a file that torch.save has written since version 1.6: a zip of a pickle and raw storages."""
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
        unpickler = ge2e.Unpickler(io.BytesIO(archive.read(name)))
        tensors = unpickler.load()
        for key, storage in unpickler.storages.items():
            data = archive.read(name.replace("data.pkl", f"data/{key}"))
            storage.values = np.frombuffer(data, storage.dtype)
        return {k: t.numpy() for k, t in tensors.items()}


def filter_bank():
    """[70][1][129]: differences of windowed low-pass filters, edges equally spaced in mel."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, FILTERS + 1) / 2595) - 1)
    n = np.arange(KERNEL) - KERNEL // 2
    low = 2 * edges[:, None] / RATE * np.sinc(2 * edges[:, None] * n / RATE)
    return ((low[1:] - low[:-1]) * np.hamming(KERNEL))[:, None].astype(np.float32)


class Network(ge2e.Graph):
    def __init__(self, weights):
        super().__init__()
        self.weights = weights

    def numbers(self, values, kind=np.float32):
        return self.constant(f"c{len(self.constants)}", np.asarray(values, kind))

    def reshape(self, x, dims):
        return self.add("Reshape", [x, self.numbers(dims, np.int64)])

    def norm(self, name):
        """Factor and summand of a batch norm."""
        mean, variance, factor, summand = (self.weights[f"{name}.{k}"]
                                           for k in ("running_mean", "running_var", "weight", "bias"))
        factor = factor / np.sqrt(variance + EPSILON)
        return factor, summand - mean * factor

    def linear(self, x, weight, bias=None):
        y = self.add("MatMul", [x, self.numbers(weight.T)])
        return y if bias is None else self.add("Add", [y, self.numbers(bias)])

    def layer(self, x, name):
        return self.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def affine(self, x, factor, summand):
        """By channel, of [1][C][H][W]."""
        shape = (1, -1, 1, 1)
        x = self.add("Mul", [x, self.numbers(factor.reshape(shape))])
        return self.add("Add", [x, self.numbers(summand.reshape(shape))])

    def conv(self, x, name, pads, norm=None):
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        if norm is not None:
            weight, bias = weight * norm[0][:, None, None, None], bias * norm[0] + norm[1]
        return self.add("Conv", [x, self.numbers(weight), self.numbers(bias)], pads=pads)

    def block(self, x, name, first):
        out = x if first else self.add("Selu", [self.affine(x, *self.norm(f"{name}.bn1"))])
        out = self.add("Selu", [self.conv(out, f"{name}.conv1", [1, 1, 1, 1], self.norm(f"{name}.bn2"))])
        out = self.conv(out, f"{name}.conv2", [0, 1, 0, 1])
        if f"{name}.conv_downsample.weight" in self.weights:
            x = self.conv(x, f"{name}.conv_downsample", [0, 1, 0, 1])
        return self.add("MaxPool", [self.add("Add", [out, x])], kernel_shape=[1, 3], strides=[1, 3])

    def encoder(self):
        x = self.add("Abs", [self.add("Conv", ["input", self.numbers(filter_bank())])])
        x = self.add("Unsqueeze", [x, self.numbers([1], np.int64)])
        x = self.add("MaxPool", [x], kernel_shape=[3, 3], strides=[3, 3])
        x = self.add("Selu", [self.affine(x, *self.norm("first_bn"))])
        for k in range(6):
            x = self.block(x, f"encoder.{k}.0", k == 0)
        return self.add("Abs", [x])

    # -- graphs: nodes are [1][nodes][width] --

    def pairs(self, x, nodes, name):
        """tanh of a projection of the product of each two nodes, [1][nodes * nodes][outputs]."""
        sides = [self.add("Unsqueeze", [x, self.numbers([axis], np.int64)]) for axis in (2, 1)]
        width = self.weights[f"{name}.att_proj.weight"].shape[1]
        products = self.reshape(self.add("Mul", sides), [1, nodes * nodes, width])
        return self.add("Tanh", [self.layer(products, f"{name}.att_proj")])

    def attended(self, x, scores, name, temperature):
        """Nodes after attention by scores [1][nodes][nodes] of each node's others."""
        scores = self.add("Div", [scores, self.numbers(temperature)])
        attention = self.add("Softmax", [scores], axis=-1)
        factor, summand = self.norm(f"{name}.bn")
        parts = []
        for part, value in (("proj_with_att", self.add("MatMul", [attention, x])), ("proj_without_att", x)):
            weight, bias = self.weights[f"{name}.{part}.weight"], self.weights[f"{name}.{part}.bias"]
            parts.append(self.linear(value, weight * factor[:, None]))
            summand = summand + bias * factor
        return self.add("Selu", [self.add("Add", [self.add("Add", parts), self.numbers(summand)])])

    def graph_layer(self, x, nodes, name, temperature):
        scores = self.linear(self.pairs(x, nodes, name), self.weights[f"{name}.att_weight"].T)
        return self.attended(x, self.reshape(scores, [1, nodes, nodes]), name, temperature)

    def pool(self, x, nodes, name, ratio):
        """The nodes of the best scores, times their scores, and their number."""
        kept = max(int(nodes * ratio), 1)
        scores = self.add("Sigmoid", [self.layer(x, f"{name}.proj")])
        best = self.add("TopK", [self.reshape(scores, [nodes]), self.numbers([kept], np.int64)], outputs=2)
        return self.add("Gather", [self.add("Mul", [x, scores]), best[1]], axis=1), kept

    def both(self, temporal, spectral, master, name):
        """Attention over two graphs and a master node: (nodes, number) of each and the master, [1][1][width]."""
        (x1, n1), (x2, n2) = temporal, spectral
        nodes = n1 + n2
        x = self.add("Concat", [self.layer(x1, f"{name}.proj_type1"), self.layer(x2, f"{name}.proj_type2")], axis=1)
        kinds = np.concatenate([self.weights[f"{name}.att_weight{k}"].T for k in ("11", "22", "12")])
        scores = self.linear(self.pairs(x, nodes, name), kinds)
        side = np.arange(nodes) >= n1
        kind = np.where(side[:, None] != side[None], 2, np.where(side[:, None], 1, 0))
        chosen = np.eye(3)[kind].reshape(1, nodes * nodes, 3)
        scores = self.add("Mul", [scores, self.numbers(chosen)])
        scores = self.add("ReduceSum", [scores, self.numbers([2], np.int64)], keepdims=0)
        temperature = TEMPERATURES["ST"]
        own = self.add("Tanh", [self.layer(self.add("Mul", [x, master]), f"{name}.att_projM")])
        own = self.linear(own, self.weights[f"{name}.att_weightM"].T / temperature)
        own = self.add("Softmax", [self.reshape(own, [1, 1, nodes])], axis=-1)
        master = self.add("Add", [self.layer(self.add("MatMul", [own, x]), f"{name}.proj_with_attM"),
                                  self.layer(master, f"{name}.proj_without_attM")])
        y = self.attended(x, self.reshape(scores, [1, nodes, nodes]), name, temperature)
        bounds = [self.numbers([k], np.int64) for k in (0, n1, nodes)]
        axis = self.numbers([1], np.int64)
        return ((self.add("Slice", [y, bounds[0], bounds[1], axis]), n1),
                (self.add("Slice", [y, bounds[1], bounds[2], axis]), n2), master)

    def branch(self, temporal, spectral, k, ratio):
        """One of two passes, each of two layers, the second added to what it has read."""
        t, s, master = self.both(temporal, spectral, self.numbers(self.weights[f"master{k}"]), f"HtrgGAT_layer_ST{k}1")
        s, t = self.pool(*s, f"pool_hS{k}", ratio), self.pool(*t, f"pool_hT{k}", ratio)
        t2, s2, master2 = self.both(t, s, master, f"HtrgGAT_layer_ST{k}2")
        return [self.add("Add", pair) for pair in ((t[0], t2[0]), (s[0], s2[0]), (master, master2))]

    def larger(self, a, b):
        return self.add("Add", [b, self.add("Relu", [self.add("Sub", [a, b])])])

    def model(self, frames):
        width = self.weights["pool_S.proj.weight"].shape[1]
        ratios = RATIOS[width]
        e = self.encoder()
        spectral = self.add("Transpose", [self.add("ReduceMax", [e], axes=[3], keepdims=0)], perm=[0, 2, 1])
        spectral = self.add("Add", [spectral, self.numbers(self.weights["pos_S"])])
        temporal = self.add("Transpose", [self.add("ReduceMax", [e], axes=[2], keepdims=0)], perm=[0, 2, 1])
        rows = self.weights["pos_S"].shape[1]
        s = self.pool(self.graph_layer(spectral, rows, "GAT_layer_S", TEMPERATURES["S"]), rows, "pool_S", ratios[0])
        t = self.pool(self.graph_layer(temporal, frames, "GAT_layer_T", TEMPERATURES["T"]), frames, "pool_T", ratios[1])
        t, s, master = (self.larger(a, b) for a, b in zip(*(self.branch(t, s, k, ratios[2]) for k in (1, 2))))
        parts = []
        for x in (t, s):
            parts.append(self.add("ReduceMax", [self.add("Abs", [x])], axes=[1], keepdims=0))
            parts.append(self.add("ReduceMean", [x], axes=[1], keepdims=0))
        parts.append(self.add("Squeeze", [master, self.numbers([1], np.int64)]))
        last = [self.add("Concat", parts, axis=1), self.numbers(self.weights["out_layer.weight"]),
                self.numbers(self.weights["out_layer.bias"])]
        self.nodes.append(helper.make_node("Gemm", last, ["logits"], name="logits", transB=1))


def temporal_nodes(samples):
    frames = (samples - KERNEL + 1) // 3
    for _ in range(6):
        frames //= 3
    return frames


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights")
    parser.add_argument("out")
    parser.add_argument("--samples", type=int, default=64600)
    options = parser.parse_args()
    network = Network(read_weights(options.weights))
    network.model(temporal_nodes(options.samples))
    made = helper.make_graph(
        network.nodes, "aasist",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 1, options.samples])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 2])], network.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, options.out)


if __name__ == "__main__":
    main()
