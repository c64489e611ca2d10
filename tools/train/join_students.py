"""Joins trained speaker networks side by side, one or more, into one: their pooled statistics under one dense layer. What
each makes of a voice is a linear map of its statistics, so linear discriminant analysis of all of them together is one too
and merges into that layer: the 64 directions that tell voices apart best, each divided by the spread within a voice to the
power of --whiten. Within: another piece of the voice, another channel. Voices: changed ones and unlabelled ones, which no
network was trained to name by other recordings."""
import argparse

import numpy as np
import torch

from architecture import EMBEDDING_DIM
from frontend import FrontEndConfig
from nets import INPUT_SCALE, EmbeddingNet, batch_features
from train_student import Material

FRAMES = 300


class Trunk:
    """A quantised network again from its integers (every output step is called INPUT_SCALE)."""

    def __init__(self, file):
        z = torch.load(file, weights_only=False)
        (self.size,), (self.layers,), self.dense = z["sizes"], z["trunks"], z["dense"]
        self.net = EmbeddingNet(self.size).eval()
        self.net.fold()
        for c, layer in zip(self.net.convs, self.layers):
            c.conv.weight.data = torch.tensor(layer["weight"] * layer["scale"], dtype=torch.float32).permute(0, 2, 1)
            c.conv.bias.data = torch.tensor(layer["bias"] * layer["scale"] * INPUT_SCALE, dtype=torch.float32)
            c.out_scale = INPUT_SCALE
        self.net.quantised = True
        self.weight, self.bias = self.dense["weight"] * self.dense["scale"], self.dense["bias"] * self.dense["scale"]

    def embed(self, x, mask):
        with torch.no_grad():
            pooled = torch.round(self.net.pooled(x, mask) * 8 / INPUT_SCALE).double().numpy()
        return pooled @ self.weight.T + self.bias


def pairs(material, rng, most):
    """(features, mask) of two crops each of `most` voices, first of pair k beside second of pair k."""
    labelled = ("hyke", "an4", "librispeech", "arabic_commands")
    pick = [v for v in range(len(material.voices)) if len(material.voices[v][1]) > 1
            and (material.changed[v] if material.corpora[v] in labelled else material.corpora[v] in ("intents", "wake_words"))]
    pick = rng.permutation(pick)[:most]
    for a in range(0, len(pick), 32):
        some = pick[a:a + 32]
        x = np.stack([crop_of(material, rng, v, half) for v in some for half in (0, 1)])
        f, voiced = batch_features(x.astype(np.float32), FrontEndConfig())
        yield f, voiced[:, ::2]


def crop_of(material, rng, voice, half):
    """A crop of one of the pieces with even (odd) number, by `half`: another recording or another channel."""
    k, starts, lengths = material.voices[voice]
    mine = np.arange(half, len(starts), 2)
    if len(starts) == 2 * (len(starts) // 2) and not material.changed[voice]:  # two copies, one behind the other
        mine = np.arange(len(starts) // 2) + half * (len(starts) // 2)
    out, have = [], 0
    while have < FRAMES:
        i = mine[rng.integers(len(mine))]
        take = min(int(lengths[i]), FRAMES - have)
        a = starts[i] + rng.integers(0, lengths[i] - take + 1)
        out.append(material.feats[k][a:a + take])
        have += take
    return np.concatenate(out)


def discriminant(rows, power):
    """[64][columns]: rows 2k and 2k + 1 are one voice."""
    first, second = rows[0::2], rows[1::2]
    within = (first - second).T @ (first - second) / (2 * len(first))
    total = np.cov(rows.T)
    within += 0.02 * np.trace(within) / len(within) * np.eye(len(within))
    values, vectors = np.linalg.eigh(within)
    white = vectors @ np.diag(values ** -0.5) @ vectors.T
    ratio, turned = np.linalg.eigh(white @ total @ white)
    top = np.argsort(ratio)[::-1][:EMBEDDING_DIM]
    if power >= 1:
        return turned[:, top].T @ white
    basis, _ = np.linalg.qr(np.linalg.solve(white, turned[:, top]))  # the subspace, its axes as long as before
    inner = basis.T @ within @ basis
    values, vectors = np.linalg.eigh(inner)
    return vectors @ np.diag(values ** (-0.5 * power)) @ vectors.T @ basis.T


def joined(trunks, rows, power):
    """(dense layer as export_bundle.py takes it) from rows, the trunks' embeddings side by side."""
    scale = np.repeat([1 / np.sqrt((rows[:, k:k + EMBEDDING_DIM]**2).mean()) for k in range(0, rows.shape[1], EMBEDDING_DIM)],
                      EMBEDDING_DIM)
    normal = rows * scale
    m = discriminant(normal / np.linalg.norm(normal, axis=1, keepdims=True), power) * scale
    parts = np.split(m, len(trunks), axis=1)
    weight = np.concatenate([p @ t.weight for p, t in zip(parts, trunks)], axis=1)
    bias = sum(p @ t.bias for p, t in zip(parts, trunks))
    step = np.abs(weight).max() / 127
    spread = np.quantile(np.abs(rows @ m.T), 0.999)
    return {"weight": np.rint(weight / step).astype(np.int64), "bias": np.rint(bias / step).astype(np.int64),
            "scale": step / (spread / 127)}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--cache", required=True)
    ap.add_argument("--trunks", nargs="+", required=True, help="files of train_student.py or train_speaker.py")
    ap.add_argument("--voices", type=int, default=3000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--whiten", type=float, nargs="+", default=[0.0])
    ap.add_argument("--out", required=True)
    args = ap.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)
    material = Material(args.cache, 99, 0.25)
    trunks = [Trunk(f) for f in args.trunks]
    rows = np.concatenate([np.concatenate([t.embed(x, mask) for t in trunks], axis=1)
                           for x, mask in pairs(material, rng, args.voices)])
    for power in args.whiten:
        dense = joined(trunks, rows, power)
        torch.save({"sizes": [t.size for t in trunks], "trunks": [t.layers for t in trunks], "dense": dense},
                   args.out if len(args.whiten) == 1 else args.out + ".%g" % power)


if __name__ == "__main__":
    main()
