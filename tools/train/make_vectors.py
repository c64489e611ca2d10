"""Writes tests/vectors/{signals,features,random_networks,digits8k_networks,large8k_networks}.json: synthetic signals, and for every
stage its first values and a checksum, so that another implementation finds where it differs.

checksum(v) = h after h = 0; for each value in row-major order h = (h * 1000003 + v) mod 2^61 - 1.
"""
import argparse
import json
import os

import numpy as np

from bundle import load
from frontend import FrontEnd
from integer_graph import Graph

MOD = (1 << 61) - 1


def checksum(values):
    h = 0
    for v in np.asarray(values).ravel().tolist():
        h = (h * 1000003 + v) % MOD
    return h


class Lcg:
    """x = x * 6364136223846793005 + 1442695040888963407 mod 2^64, output the top 16 bits."""

    def __init__(self, seed):
        self.x = seed

    def next(self):
        self.x = (self.x * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return self.x >> 48


def parabola(phase):
    """A sine-like integer wave of period and amplitude 4096."""
    p = phase % 4096
    half = p % 2048
    y = half * (2048 - half) // 256
    return y if p < 2048 else -y


def voiced_signal(samples, level, noise, seed, pitch):
    """Bursts of a harmonic tone over noise: integer arithmetic only."""
    rng = Lcg(seed)
    out = []
    for n in range(samples):
        tone = 0
        if n % 4000 >= 1100:
            for k, a in ((1, 8), (2, 6), (3, 7), (5, 4), (8, 5), (13, 3), (21, 2)):
                tone += a * parabola(k * pitch * n // 16 + 512 * k)
        out.append(tone * level // 65536 + (rng.next() - 32768) * noise // 32768)
    return [max(-32768, min(32767, v)) for v in out]


def signals(fe):
    s = fe.samples(256)
    padded = voiced_signal(14000, 9000, 40, 3, 1024) + [0] * (s - 14000)
    clipped = [max(-32768, min(32767, 4 * v)) for v in voiced_signal(s, 20000, 30, 9, 1500)]
    return [("bursts", voiced_signal(s, 12000, 60, 7, 960)), ("padded", padded), ("clipped", clipped),
            ("noise", [(r.next() - 32768) // 4 for r in [Lcg(11)] for _ in range(s)])]


def first(values, count=12):
    return np.asarray(values).ravel()[:count].tolist()


def feature_vectors(fe):
    out = []
    for name, pcm in signals(fe):
        r = fe.run(np.array(pcm, dtype=np.int64))
        row = 60
        case = {"name": name, "frames": 256, "pcm_first": pcm[1100:1116], "pcm_first_index": 1100,
                "pcm_checksum": checksum(pcm)}
        case.update({k: int(r[k]) for k in ("peak", "gain", "peak_energy", "noise", "theta")})
        case["snr_ok"] = bool(r["snr_ok"])
        case["voiced_count"] = int(r["voiced"].sum())
        case["row"] = row
        case["spectrum_row"] = r["spectrum"][row].tolist()
        case["mel_row"] = r["mel"][row].tolist()
        case["log_mel_row"] = r["log_mel"][row].tolist()
        case["features_row"] = r["features"][row].tolist()
        case["mu"] = r["mu"].tolist()
        mfcc = fe.mfcc(r["log_mel"])
        case["mfcc_row"] = mfcc[row].tolist()
        case["voiced"] = "".join(map(str, r["voiced"].tolist()))
        for k in ("x1", "spectrum", "mel", "log_mel", "energy", "features"):
            case[k + "_checksum"] = checksum(r[k])
        case["mfcc_checksum"] = checksum(mfcc)
        out.append(case)
    return out


def network_vectors(fe, folder):
    doc, read = load(folder)
    graphs = {k: Graph(g, read) for k, g in doc["graphs"].items()}
    out = []
    for name, pcm in signals(fe):
        r = fe.run(np.array(pcm, dtype=np.int64))
        mask = r["voiced"][::2]
        if mask.sum() == 0:
            continue
        case = {"name": name, "frames": 256, "embedding": graphs["embedding"].run(features=r["features"], mask=mask).tolist()}
        logits = graphs["recogniser"].run(features=r["features"])
        case["logits_row_30"] = logits[30].tolist()
        case["logits_checksum"] = checksum(logits)
        for g, inputs in (("embedding", dict(features=r["features"], mask=mask)), ("recogniser", dict(features=r["features"]))):
            for n in doc["graphs"][g]["nodes"]:
                if n["op"] in ("requant", "stats_pool"):
                    case["%s/%s_checksum" % (g, n["name"])] = checksum(graphs[g].run(upto=n["name"], **inputs))
        out.append(case)
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", default="../../tests/vectors")
    args = ap.parse_args()
    fe = FrontEnd()
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "signals.json"), "w") as f:
        json.dump({n: p for n, p in signals(fe)}, f, separators=(",", ":"))
        f.write("\n")
    bundles = {"random_networks": "../../tests/vectors/random_bundle", "digits8k_networks": "../../models/digits8k",
               "large8k_networks": "../../models/large8k"}
    files = {"features": feature_vectors(fe), **{n: network_vectors(fe, b) for n, b in bundles.items()}}
    for name, cases in files.items():
        with open(os.path.join(args.out, name + ".json"), "w") as f:
            json.dump({"checksum": "h = (h*1000003 + v) mod (2^61-1), least non-negative residue, row-major",
                       "cases": cases}, f, separators=(",", ":"))
            f.write("\n")


if __name__ == "__main__":
    main()
