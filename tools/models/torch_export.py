"""What the scripts beside this one share: random weights, official checkpoints, samples of inputs, and the ONNX file at
opset 17.  Needs torch, onnx and numpy."""
import json
import pathlib
import struct
import warnings

import numpy as np
import torch

OPSET = 17


def read_checkpoint(path):
    """{name: tensor} of a .safetensors file or of one that torch.save wrote, without running anything in it; what holds
    the weights under "model" or "model_state_dict" is opened."""
    path = pathlib.Path(path)
    if path.suffix != ".safetensors":
        state = torch.load(path, map_location="cpu", weights_only=True)
        for key in ("model_state_dict", "model"):
            state = state.get(key, state)
        return state
    data = path.read_bytes()
    length, = struct.unpack_from("<Q", data)
    types = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    state = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name == "__metadata__" or entry["dtype"] not in types:
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=types[entry["dtype"]])
        state[name] = flat.reshape(entry["shape"]).float()
    return state


def load(model, state, optional=()):
    """Weights by their official names; what the checkpoint lacks is an error, unless its name begins with one of `optional`;
    what the model does not know (masks, heads of other tasks) is named."""
    own = model.state_dict()
    missing = [n for n in own if n not in state and not n.startswith(tuple(optional))]
    if missing:
        raise SystemExit(f"the checkpoint lacks {len(missing)} weights, the first is {missing[0]}")
    unknown = [n for n in state if n not in own]
    if unknown:
        print(f"not used: {len(unknown)} entries of the checkpoint, the first is {unknown[0]}")
    model.load_state_dict({n: t.float() for n, t in state.items() if n in own}, strict=False)


def normal(tensor, deviation):
    torch.nn.init.normal_(tensor, 0.0, deviation)


def zipf_tokens(count, vocabulary, rng):
    """Words of a language are not used alike: the k-th most frequent 1 / (k + 2.7) as often.  int64 [1, count]."""
    weights = 1 / (np.arange(vocabulary) + 2.7)
    order = np.random.default_rng(0).permutation(vocabulary)  # frequent words have any number
    return order[rng.choice(vocabulary, size=count, p=weights / weights.sum())][None].astype(np.int64)


def save_samples(folder, inputs):
    """One folder per input, one .npy file per sample: what voizk's --calibrate NAME=FOLDER reads."""
    for name, arrays in inputs.items():
        target = pathlib.Path(folder) / name
        target.mkdir(parents=True, exist_ok=True)
        for k, array in enumerate(arrays):
            if np.issubdtype(array.dtype, np.integer):
                array = array.astype(np.int64)
            np.save(target / f"{k:03}.npy", array)


def export(model, inputs, outputs, path):
    """`inputs`: {name: array}, one sample."""
    model.eval()
    tensors = tuple(torch.from_numpy(a) for a in inputs.values())
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, tensors, path, input_names=list(inputs), output_names=list(outputs), opset_version=OPSET,
                          dynamo=False)
    count = sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())
    print(f"{path}: {count:,} parameters")
