"""Writes bundles (docs/bundle.md): integers in weights.bin, structure in bundle.json."""
import json
import os

import numpy as np

CLASSES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "oh", "silence", "other"]
BUCKETS = [256, 384, 512, 768, 1024]


class BundleWriter:
    def __init__(self, name, front_end):
        self.blob = bytearray()
        self.json = {
            "format": 1,
            "name": name,
            "sample_rate_hz": front_end.config.sample_rate_hz,
            "buckets": BUCKETS,
            "features": self._features(front_end),
            "graphs": {},
            "classes": CLASSES,
            "decision": {},
        }

    def tensor(self, values, dtype):
        values = np.asarray(values)
        info = np.iinfo(dtype)
        assert values.min() >= info.min and values.max() <= info.max, (dtype, values.min(), values.max())
        while len(self.blob) % 4:
            self.blob.append(0)
        ref = {"offset": len(self.blob), "dtype": dtype, "shape": list(values.shape)}
        self.blob += np.ascontiguousarray(values.astype(np.dtype(dtype).newbyteorder("<"))).tobytes()
        return ref

    def _features(self, fe):
        names = ["hop", "frame", "fft", "bins", "peak_min", "gain_log2", "norm_shift", "norm_limit", "dft_shift",
                 "spectrum_limit", "mel_filters", "log_offset", "log_e_min", "log_e_max", "log_scale", "live_energy",
                 "vad_percentile", "vad_below_peak", "vad_above_noise", "vad_min_below_peak", "voiced_min", "snr_min",
                 "dynamic_min", "cmn_shift", "feature_min", "feature_max", "mfcc", "mfcc_shift"]
        out = {n: getattr(fe.config, n) for n in names}
        out["dft"] = self.tensor(fe.dft, "int16")
        out["mel"] = self.tensor(fe.mel, "uint8")
        out["log_table"] = self.tensor(fe.log_table, "int16")
        out["dct"] = self.tensor(fe.dct, "int16")
        return out

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.json["weights"] = {"file": "weights.bin", "bytes": len(self.blob)}
        with open(os.path.join(folder, "weights.bin"), "wb") as f:
            f.write(self.blob)
        with open(os.path.join(folder, "bundle.json"), "w") as f:
            json.dump(self.json, f, indent=1)
            f.write("\n")


def load(folder):
    """(json, tensor reader) of a bundle on disk."""
    with open(os.path.join(folder, "bundle.json")) as f:
        doc = json.load(f)
    with open(os.path.join(folder, doc["weights"]["file"]), "rb") as f:
        blob = f.read()
    assert len(blob) == doc["weights"]["bytes"]

    def read(ref):
        dtype = np.dtype(ref["dtype"]).newbyteorder("<")
        count = int(np.prod(ref["shape"]))
        return np.frombuffer(blob, dtype, count, ref["offset"]).astype(np.int64).reshape(ref["shape"])

    return doc, read
