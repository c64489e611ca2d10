#!/usr/bin/env python3
"""Writes networks of one or a few operations with random shapes, attributes and inputs, and what ONNX Runtime computes of them.

usage: make_cases.py FOLDER [SILERO_FOLDER]

FOLDER/NAME/model.onnx, inputs.bin, outputs.bin. A .bin is a list of tensors: type (0 float32, 1 int64, 2 bool), rank, dims as
little-endian int64, then the elements (4, 8, 1 bytes). Seeded by the name, so a case is the same in every run of one version.
"""
import sys
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import families

TYPES = {np.dtype(np.float32): 0, np.dtype(np.int64): 1, np.dtype(np.bool_): 2}


def tensors_bytes(tensors):
    out = b""
    for t in tensors:
        t = np.asarray(t)
        if t.dtype in (np.int32, np.int8, np.uint8):
            t = t.astype(np.int64)
        if t.dtype in (np.float64, np.float16):
            t = t.astype(np.float32)
        out += np.array([TYPES[t.dtype], t.ndim, *t.shape], "<i8").tobytes() + np.ascontiguousarray(t).tobytes()
    return out


def run(model_bytes, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    # The definition, not ONNX Runtime's rewriting of it.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model_bytes, options, providers=["CPUExecutionProvider"]).run(None, feeds)


class Writer:
    def __init__(self, folder):
        self.folder = folder
        self.names = set()
        self.failed = []

    def rng(self, name):
        return np.random.default_rng(zlib.crc32(name.encode()))

    def save(self, name, model_bytes, inputs, outputs):
        assert name not in self.names, name
        self.names.add(name)
        place = self.folder / name
        place.mkdir(parents=True)
        (place / "model.onnx").write_bytes(model_bytes)
        (place / "inputs.bin").write_bytes(tensors_bytes(inputs))
        (place / "outputs.bin").write_bytes(tensors_bytes(outputs))

    def graph(self, name, nodes, inputs, outputs, opset, constants=None):
        """inputs, constants: dicts of arrays; outputs: names."""
        inputs = {k: np.asarray(v) for k, v in inputs.items()}
        constants = {k: np.asarray(v) for k, v in (constants or {}).items()}
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            nodes, name, [value(k, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for k, v in inputs.items()],
            [helper.make_empty_tensor_value_info(o) for o in outputs],
            [numpy_helper.from_array(v, k) for k, v in constants.items()])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=min(8, 3 + opset // 2))
        data = model.SerializeToString()
        try:
            results = run(data, inputs)
        except Exception as error:  # what ONNX Runtime itself does not do is no reference
            self.failed.append(f"{name}: {str(error)[:200]}")
            return
        self.save(name, data, list(inputs.values()), results)

    def op(self, name, op, inputs, opset=17, n_outputs=1, constants=(), **attributes):
        """One node; inputs: arrays in order, None where one is left out; constants: indices of those that are initialisers."""
        names = ["" if a is None else f"x{i}" for i, a in enumerate(inputs)]
        given = {n: a for n, a in zip(names, inputs) if a is not None}
        fixed = {f"x{i}": given.pop(f"x{i}") for i in constants}
        outputs = [f"y{i}" for i in range(n_outputs)]
        self.graph(name, [helper.make_node(op, names, outputs, name=op.lower(), **attributes)], given, outputs, opset, fixed)


def silero(writer, folder):
    """Silero VAD v5 with its published weights on a chirp in noise, for three steps, the state handed on."""
    for name in ("silero_vad", "silero_vad_16k_op15", "silero_vad_op18_ifless"):
        data = (folder / f"{name}.onnx").read_bytes()
        rng = writer.rng("silero")
        t = np.arange(3 * 512) / 16000
        speech = (0.3 * np.sin(2 * np.pi * (200 + 900 * t) * t) + 0.02 * rng.standard_normal(t.size)).astype(np.float32)
        state, context = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32)
        for step in range(3):
            chunk = np.concatenate([context, speech[512 * step:512 * step + 512]])
            feeds = {"input": chunk[None], "state": state, "sr": np.array(16000, np.int64)}
            results = run(data, feeds)
            feeds = {i.name: feeds[i.name] for i in onnx.load_from_string(data).graph.input}
            writer.save(f"silero_{name}_{step}", data, list(feeds.values()), results)
            state, context = results[1], chunk[-64:]


def main():
    folder = Path(sys.argv[1])
    writer = Writer(folder)
    if len(sys.argv) > 2 and Path(sys.argv[2]).is_dir():
        silero(writer, Path(sys.argv[2]))
    for family in families.ALL:
        family(writer)
    print(f"{len(writer.names)} cases in {folder}; {len(writer.failed)} that ONNX Runtime {onnxruntime.__version__} does not run:")
    for line in writer.failed:
        print("  " + line)


main()
