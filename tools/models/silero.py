#!/usr/bin/env python3
"""silero.py silero_vad_op18_ifless.onnx OUT.onnx [--chunks 94] [--check SAMPLES.npy]: Silero VAD v5 at 16 kHz (MIT) with
its published weights, over many chunks at once, as an ONNX file.

The published network takes one chunk of 512 samples behind the 64 before it, and the state of its LSTM cell; a caller
runs it chunk by chunk.  Here all chunks of a recording are one network and the states stay inside.  Input: samples in
[-1, 1], [1, 1, 512 chunks]; before the first there is silence.  Output: the probability of speech in each chunk,
[1, chunks].

A chunk has four overlapping frames, the last of which runs on into the chunk's own reflection: that is folded into the
weights of its transform.  Convolutions over a chunk's four frames are written as one matrix per chunk, so that padding
stays within it.  --check runs the published network chunk by chunk over recorded samples and prints the largest
difference.  Needs numpy and onnx, --check onnxruntime."""
import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CHUNK, CONTEXT, WINDOW, HOP, FRAMES, BINS, HIDDEN = 512, 64, 256, 128, 4, 129, 128


def transform(basis):
    """[258][1][256] for one frame to [2 * 4 * 129][1][576] for all of a chunk: real parts of each frame, then imaginary."""
    length = CONTEXT + CHUNK
    whole = np.zeros((2, FRAMES, BINS, length), np.float64)
    parts = basis[:, 0].reshape(2, BINS, WINDOW)
    for frame in range(FRAMES):
        for n in range(WINDOW):
            at = frame * HOP + n
            whole[:, frame, :, at if at < length else 2 * (length - 1) - at] += parts[:, :, n]
    return whole.reshape(2 * FRAMES * BINS, 1, length).astype(np.float32)


def over_frames(weight, frames, stride):
    """A convolution of kernel 3, padded by 1, over `frames` frames, as a matrix [outputs * O][frames * I][1]."""
    out, inputs, taps = weight.shape
    outputs = (frames - 1) // stride + 1
    matrix = np.zeros((outputs, out, frames, inputs), np.float32)
    for o in range(outputs):
        for k in range(taps):
            frame = o * stride + k - 1
            if 0 <= frame < frames:
                matrix[o, :, frame] = weight[:, :, k]
    return matrix.reshape(outputs * out, frames * inputs, 1), outputs


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


def encoder(graph, weights):
    """Samples to the LSTM's input, [1][128][chunks]."""
    basis = graph.constant("transform", transform(weights["stft.forward_basis_buffer"]))
    spectrum = graph.add("Conv", ["input", basis], strides=[CHUNK], pads=[CONTEXT, 0])
    halves = graph.constant("halves", np.array([FRAMES * BINS] * 2, np.int64))
    two = graph.constant("two", np.float32(2))
    squares = [graph.add("Pow", [part, two]) for part in graph.add("Split", [spectrum, halves], outputs=2, axis=1)]
    x, frames = graph.add("Sqrt", [graph.add("Add", squares)]), FRAMES
    for layer, stride in enumerate((1, 2, 2, 1)):
        name = f"encoder.{layer}.reparam_conv"
        matrix, outputs = over_frames(weights[f"{name}.weight"], frames, stride)
        bias = np.tile(weights[f"{name}.bias"], outputs)
        layer_weights = [graph.constant(f"weight_{layer}", matrix), graph.constant(f"bias_{layer}", bias)]
        x, frames = graph.add("Relu", [graph.add("Conv", [x, *layer_weights])]), outputs
    return x


def decoder(graph, weights, x):
    """[1][128][chunks] to the probabilities [1][chunks]; PyTorch's gates i, f, g, o become ONNX's i, o, f, c."""
    def gates(name):
        i, f, g, o = np.split(weights[f"decoder.rnn.{name}"], 4)
        return np.concatenate([i, o, f, g])[None]
    cell = [graph.constant(name, gates(name)) for name in ("weight_ih", "weight_hh")]
    bias = graph.constant("bias", np.concatenate([gates("bias_ih"), gates("bias_hh")], axis=1))
    sequence = graph.add("Transpose", [x], perm=[2, 0, 1])
    states = graph.add("LSTM", [sequence, *cell, bias], hidden_size=HIDDEN)
    states = graph.add("Squeeze", [states, graph.constant("direction", np.array([1], np.int64))])
    positive = graph.add("Transpose", [graph.add("Relu", [states])], perm=[1, 2, 0])
    last = [graph.constant(f"last_{kind}", weights[f"decoder.decoder.2.{kind}"]) for kind in ("weight", "bias")]
    score = graph.add("Sigmoid", [graph.add("Conv", [positive, *last])])
    graph.nodes.append(helper.make_node("Squeeze", [score, graph.constant("channel", np.array([1], np.int64))],
                                        ["speech"], name="speech"))


def check(published, made, path):
    import onnxruntime
    samples = np.load(path).astype(np.float32).ravel()
    whole = onnxruntime.InferenceSession(made)
    length = whole.get_inputs()[0].shape[2]
    samples = np.pad(samples, (0, max(0, length - len(samples))))[:length]
    ours = whole.run(None, {"input": samples[None, None]})[0][0]
    one = onnxruntime.InferenceSession(published)
    state, context, theirs = np.zeros((2, 1, HIDDEN), np.float32), np.zeros(CONTEXT, np.float32), []
    for begin in range(0, length, CHUNK):
        chunk = samples[begin:begin + CHUNK]
        given = {"input": np.concatenate([context, chunk])[None], "state": state, "sr": np.array(16000, np.int64)}
        probability, state = one.run(None, given)
        theirs.append(probability.item())
        context = chunk[-CONTEXT:]
    theirs = np.array(theirs)
    print(f"{len(theirs)} chunks, {np.sum(theirs > 0.5)} of them speech; largest difference {np.abs(ours - theirs).max():.2e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("published")
    parser.add_argument("out")
    parser.add_argument("--chunks", type=int, default=94)
    parser.add_argument("--check")
    options = parser.parse_args()
    prefix = "model."
    weights = {t.name[len(prefix):]: numpy_helper.to_array(t) for t in onnx.load(options.published).graph.initializer
               if t.name.startswith(prefix)}
    graph = Graph()
    decoder(graph, weights, encoder(graph, weights))
    dims = [1, 1, CHUNK * options.chunks]
    made = helper.make_graph(graph.nodes, "silero", [helper.make_tensor_value_info("input", TensorProto.FLOAT, dims)],
                             [helper.make_tensor_value_info("speech", TensorProto.FLOAT, [1, options.chunks])],
                             graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, options.out)
    if options.check:
        check(options.published, options.out, options.check)


if __name__ == "__main__":
    main()
