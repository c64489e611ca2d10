#!/usr/bin/env python3
"""make_speech_net.py OUT.onnx [SAMPLES]: a small speaker network with random weights, by numpy alone.  samples [1,1,6000] at 8 kHz,
two convolutions with ReLU and batch normalisation, mean and deviation over time, a dense layer: embedding [1,12]."""
import sys

import numpy as np

from onnx_bytes import initializer, node, number, record, value

rng = np.random.default_rng(3)
samples = int(sys.argv[2]) if len(sys.argv) > 2 else 6000
constants, nodes = [], []


def constant(name, array):
    constants.append(initializer(name, np.asarray(array, np.float32)))
    return name


def weights(name, *shape):
    return constant(name, rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:])))


def add(op, inputs, output, **attributes):
    nodes.append(node(op, inputs, output, **attributes))
    return output


x = "samples"
for k, (inputs, outputs, kernel, stride) in enumerate([(1, 24, 80, 40), (24, 32, 5, 2)]):
    x = add("Conv", [x, weights(f"w{k}", outputs, inputs, kernel)], f"c{k}", strides=[stride], pads=[2, 2])
    x = add("Relu", [x], f"r{k}")
    norm = [constant(f"n{k}{j}", v) for j, v in enumerate((rng.uniform(0.5, 1.5, outputs), rng.normal(0, 0.3, outputs),
                                                           np.full(outputs, 0.05), np.full(outputs, 0.02)))]
    x = add("BatchNormalization", [x, *norm], f"b{k}")
mean = add("ReduceMean", [x], "mean", axes=[2])
square = add("Mul", [add("Sub", [x, mean], "centred"), "centred"], "square")
deviation = add("Sqrt", [add("ReduceMean", [square], "variance", axes=[2])], "deviation")
joined = add("Flatten", [add("Concat", [mean, deviation], "both", axis=1)], "flat")
add("Gemm", [joined, weights("d", 12, 64)], "embedding", transB=1)
graph = b"".join(nodes) + record(2, "speech") + b"".join(constants) + value(11, "samples", [1, 1, samples]) + value(12, "embedding", [1, 12])
with open(sys.argv[1], "wb") as file:
    file.write(number(1, 8) + record(8, record(1, "") + number(2, 17)) + record(7, graph))
