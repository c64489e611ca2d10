#!/usr/bin/env python3
"""ge2e.py WHEEL OUT.onnx [--frames 160] [--mel] [--rate 16000]: GE2E (Wan et al., ICASSP 2018), the three-layer LSTM speaker encoder with
the weights of the PyPI package resemblyzer 0.1.4 (Apache-2.0), as an ONNX file.  The wheel's pretrained.pt is a legacy
PyTorch pickle; an unpickler that knows four names reads it without PyTorch.

Input: samples at 16 kHz in [-1, 1], [1, 1, 400 + 160 (frames - 1)], from which the power mel spectrogram of the package
is computed (Hann window of 400, hop 160, 40 Slaney bands from 0 to 8 kHz), without its padding at the ends; with --mel
that spectrogram, [1, frames, 40].  With --rate 8000 samples are those of telephone speech, [1, 1, 200 + 80 (frames - 1)]:
the same spectrum up to 4 kHz, and nothing above.  More than 160 frames are cut into windows of 160 that begin every 77, as the package
does: the last is filled up with silence, and left out where less than three quarters of it are there.  Output: the
embedding, [1, 256], of length 1, or the mean of the windows' scaled to that.

The first layer's product with its input weights is a node of its own, once for all windows, and its LSTM has the
identity there: what a frame's spectrum adds to the gates is added as it is.  Needs numpy and onnx."""
import argparse
import collections
import pickle
import struct
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE, WINDOW, HOP, BANDS, HIDDEN, LAYERS = 16000, 400, 160, 40, 256, 3
FRAMES, STEP = 160, 77  # of a window, and from one to the next


class Storage:
    """A tensor's numbers, which the file holds behind the object that refers to them."""

    def __init__(self, dtype):
        self.dtype, self.values = dtype, None


class Tensor:
    def __init__(self, storage, offset, shape, stride):
        self.storage, self.offset, self.shape, self.stride = storage, offset, shape, stride

    def numpy(self):
        values = self.storage.values[self.offset:]
        strides = [s * values.itemsize for s in self.stride]
        return np.array(np.lib.stride_tricks.as_strided(values, self.shape, strides))


class Unpickler(pickle.Unpickler):
    """Makes dictionaries, tensors and storages, and nothing else."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        known = {("collections", "OrderedDict"): collections.OrderedDict,
                 ("torch._utils", "_rebuild_tensor_v2"): lambda s, offset, shape, stride, *_: Tensor(s, offset, shape, stride),
                 ("torch", "FloatStorage"): "<f4", ("torch", "LongStorage"): "<i8"}
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected here")
        return known[module, name]

    def persistent_load(self, key):
        _, dtype, name, *_ = key
        return self.storages.setdefault(name, Storage(dtype))


def read_legacy(file):
    """The object of a file that torch.save wrote before version 1.6."""
    for _ in range(3):  # magic number, version of the protocol, sizes of the machine
        Unpickler(file).load()
    unpickler = Unpickler(file)
    result = unpickler.load()
    for name in Unpickler(file).load():
        storage = unpickler.storages[name]
        count, = struct.unpack("<q", file.read(8))
        storage.values = np.frombuffer(file.read(count * np.dtype(storage.dtype).itemsize), storage.dtype)
    return result


def mel_bands():
    """[40][201] triangles of equal area, as librosa.filters.mel (Slaney's scale)."""
    def to_mel(f):
        return np.where(f < 1000, f * 3 / 200, 15 + np.log(np.maximum(f, 1000) / 1000) / (np.log(6.4) / 27))

    def to_hz(m):
        return np.where(m < 15, m * 200 / 3, 1000 * np.exp((m - 15) * np.log(6.4) / 27))
    edges = to_hz(np.linspace(0, to_mel(np.array(RATE / 2.0)), BANDS + 2))
    bins = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, op, inputs, outputs=1, **attributes):
        names = [f"{op}_{len(self.nodes)}" + (f"_{k}" if k else "") for k in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=f"{op}_{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names


def front_end(graph, samples, rate):
    """[1][1][n] to the power mel spectrogram [1][frames][40].  At half the rate a window has half the samples and bins."""
    slower = RATE // rate
    size = WINDOW // slower
    t, k = np.arange(size), np.arange(size // 2 + 1)[:, None]
    window = slower * (0.5 - 0.5 * np.cos(2 * np.pi * t / size))
    angle = 2 * np.pi * k * t / size
    dft = np.concatenate([np.cos(angle) * window, np.sin(angle) * window]).astype(np.float32)[:, None]
    spectrum = graph.add("Conv", [samples, graph.constant("dft", dft)], strides=[HOP // slower])
    split = graph.constant("halves", np.array([len(k)] * 2, np.int64))
    parts = graph.add("Split", [spectrum, split], outputs=2, axis=1)
    two = graph.constant("two", np.float32(2))
    power = graph.add("Add", [graph.add("Pow", [part, two]) for part in parts])
    mel = graph.add("Conv", [power, graph.constant("mel", mel_bands().astype(np.float32)[:, :len(k), None])])
    return graph.add("Transpose", [mel], perm=[0, 2, 1])


def in_order(state, name, order):
    """Rows of PyTorch's gates i, f, g, o in another order."""
    return np.concatenate([np.split(state[name].numpy(), 4)["ifgo".index(gate)] for gate in order])


def shares(graph, mel, state, frames):
    """[1][frames][40] to what each frame adds to the first layer's gates i, f, o, g, [windows' frames][1][1024]."""
    weights = graph.constant("weight_ih_0", np.ascontiguousarray(in_order(state, "lstm.weight_ih_l0", "ifog").T))
    product = graph.add("Transpose", [graph.add("MatMul", [mel, weights])], perm=[1, 0, 2])
    begins = [0] + [k for k in range(STEP, frames - FRAMES + STEP + 1, STEP) if frames - k >= 3 * FRAMES // 4]
    missing = begins[-1] + FRAMES - frames
    if len(begins) > 1 and missing > 0:
        pads = graph.constant("silence", np.array([0, 0, 0, missing, 0, 0], np.int64))
        product = graph.add("Pad", [product, pads])
    return product, begins


def window(graph, product, begin, length):
    bounds = [graph.constant(f"{name}_{begin}", np.array([k], np.int64))
              for name, k in (("begin", begin), ("end", begin + length))]
    return graph.add("Slice", [product, *bounds, graph.constant(f"time_{begin}", np.array([0], np.int64))])


def add_layers(graph, state):
    """ONNX's W, R and B of each layer, gates i, o, f, g: of the first W is the identity on gates i, f, o, g."""
    own = np.eye(4 * HIDDEN, dtype=np.float32).reshape(4, HIDDEN, -1)[[0, 2, 1, 3]].reshape(4 * HIDDEN, -1)
    layers = []
    for k in range(LAYERS):
        inputs = own if k == 0 else in_order(state, f"lstm.weight_ih_l{k}", "iofg")
        bias = [in_order(state, f"lstm.bias_{kind}_l{k}", "iofg") for kind in ("ih", "hh")]
        values = (inputs, in_order(state, f"lstm.weight_hh_l{k}", "iofg"), np.concatenate(bias))
        layers.append([graph.constant(f"{name}_{k}", v[None]) for name, v in zip(("own", "weight_hh", "bias"), values)])
    return layers


def last_state(graph, x, layers):
    """[T][1][1024] to the last hidden state of the last layer, [1][256]."""
    for layer in layers:
        y = graph.add("LSTM", [x, *layer], outputs=3, hidden_size=HIDDEN)
        x = graph.add("Squeeze", [y[0], "direction"])
    return graph.add("Squeeze", [y[1], "first"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel")
    parser.add_argument("out")
    parser.add_argument("--frames", type=int, default=160)
    parser.add_argument("--mel", action="store_true")
    parser.add_argument("--rate", type=int, choices=[8000, 16000], default=RATE)
    options = parser.parse_args()
    with zipfile.ZipFile(options.wheel) as wheel, wheel.open("resemblyzer/pretrained.pt") as file:
        state = read_legacy(file)["model_state"]
    graph = Graph()
    slower = RATE // options.rate
    dims = [1, options.frames, BANDS] if options.mel else [1, 1, (WINDOW + HOP * (options.frames - 1)) // slower]
    mel = "input" if options.mel else front_end(graph, "input", options.rate)
    product, begins = shares(graph, mel, state, options.frames)
    graph.constant("direction", np.array([1], np.int64))
    graph.constant("first", np.array([0], np.int64))
    layers = add_layers(graph, state)
    length = options.frames if len(begins) == 1 else FRAMES
    states = [last_state(graph, window(graph, product, begin, length), layers) for begin in begins]
    last = states[0] if len(begins) == 1 else graph.add("Concat", states, axis=0)
    linear = [graph.constant(f"linear_{n}", state[f"linear.{n}"].numpy()) for n in ("weight", "bias")]
    embedding = graph.add("Relu", [graph.add("Gemm", [last, *linear], transB=1)])
    if len(begins) > 1:
        each = graph.add("LpNormalization", [embedding], axis=-1)
        embedding = graph.add("ReduceMean", [each], axes=[0], keepdims=1)
    graph.nodes.append(helper.make_node("LpNormalization", [embedding], ["embedding"], name="length", axis=-1))
    made = helper.make_graph(graph.nodes, "ge2e", [helper.make_tensor_value_info("input", TensorProto.FLOAT, dims)],
                             [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, HIDDEN])], graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, options.out)


if __name__ == "__main__":
    main()
