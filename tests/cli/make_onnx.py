#!/usr/bin/env python3
"""make_onnx.py FOLDER: small.onnx, other.onnx (the same with other weights), fixed.onnx (nothing left open), and samples of its inputs, by numpy alone.

y[1,4] = relu((x[1,16] * gain) A + state[1,8] B + c) D: dims of x left open, gain one number. x/*.npy and state/*.npy are to calibrate on;
x.npy and state.npy are one run, y.npy its output for gain = 2.
"""
import sys
from pathlib import Path

import numpy as np

from onnx_bytes import initializer, node, number, record, value


def model(a, b, c, d, fixed=False):
    graph = (node("Mul", ["x", "gain"], "louder") + node("MatMul", ["louder", "A"], "left") + node("MatMul", ["state", "B"], "right")
             + node("Add", ["left", "right"], "sum") + node("Add", ["sum", "c"], "shifted") + node("Relu", ["shifted"], "hidden")
             + node("MatMul", ["hidden", "D"], "y") + record(2, "small")
             + initializer("A", a) + initializer("B", b) + initializer("c", c) + initializer("D", d)
             + value(11, "x", [1 if fixed else "batch", 16]) + value(11, "state", [1, 8]) + (initializer("gain", np.array(2)) if fixed else value(11, "gain", [])) + value(12, "y", [1, 4]))
    return number(1, 8) + record(8, record(1, "") + number(2, 13)) + record(7, graph)


folder = Path(sys.argv[1])
rng = np.random.default_rng(1)
weights = [rng.standard_normal(shape).astype(np.float32) / 4 for shape in ((16, 12), (8, 12), (12,), (12, 4))]
for name in ("x", "state"):
    (folder / name).mkdir(parents=True)
(folder / "small.onnx").write_bytes(model(*weights))
(folder / "fixed.onnx").write_bytes(model(*weights, fixed=True))
(folder / "other.onnx").write_bytes(model(*(-w for w in weights)))
for k in range(12):
    np.save(folder / f"x/{k:02}.npy", rng.standard_normal((1, 16)).astype(np.float32))
    np.save(folder / f"state/{k:02}.npy", rng.standard_normal((1, 8)).astype(np.float32))
x, state = (np.float32(rng.standard_normal((1, n)) / 2) for n in (16, 8))  # well within what is calibrated on
A, B, c, D = weights
np.save(folder / "x.npy", x)
np.save(folder / "state.npy", state)
np.save(folder / "y.npy", (np.maximum(2 * x @ A + state @ B + c, 0) @ D).astype(np.float32))
