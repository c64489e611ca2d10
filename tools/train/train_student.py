"""Trains a speaker network on a teacher's embeddings: from features of a degraded recording to what the teacher makes of
the clean voice. The loss is an additive-margin softmax over all voices, recorded and changed, whose classes start at the
teacher's targets, and the distance of a batch's cosines from the teacher's. Then quantised. Writes OUT.float, OUT.quantised
and OUT, the integers."""
import argparse
import glob
import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from architecture import EMBEDDING_DIM
from bundle import load
from frontend import FrontEndConfig
from nets import INPUT_SCALE, EmbeddingNet, batch_features, masked_stats
from student_trials import rates, segments, text
from train_speaker import drop_frames, spec_augment

SILENT = 224  # log-mel of zeros, with which buffers are filled up
SHARE = {"hyke": 4.0, "an4": 3.0, "librispeech": 2.0, "arabic_commands": 2.0, "fsdd": 2.0, "speech_commands": 0.5,
         "intents": 1.0, "wake_words": 0.5, "precise": 0.25}  # a voice is drawn by sqrt(seconds) times this


LABELLED = ("hyke", "an4", "librispeech", "speech_commands")  # batches of one corpus


class Targets:
    """The teacher's space: centred, its EMBEDDING_DIM widest directions over voices, partly whitened, length 1. Kept in the
    cache, so that later runs aim at the same one."""

    def __init__(self, voices, power, file):
        if not os.path.exists(file):
            mean = voices.mean(0)
            values, vectors = np.linalg.eigh(np.cov((voices - mean).T))
            top = np.argsort(values)[::-1][:EMBEDDING_DIM]
            np.savez(file, mean=mean, matrix=vectors[:, top] / values[top] ** power)
        z = np.load(file)
        self.mean, self.matrix = z["mean"], z["matrix"]

    def __call__(self, embeddings):
        z = (embeddings - self.mean) @ self.matrix
        return z / (np.linalg.norm(z, axis=-1, keepdims=True) + 1e-9)


class Material:
    """Cached log-mel of pieces, and voices as classes."""

    def __init__(self, cache, variants, power):
        files = sorted(glob.glob(os.path.join(cache, "student_[0-9]*.npz")))
        loaded = [dict(np.load(f)) for f in files if int(f.rsplit("_", 1)[1][:-4]) < variants]
        self.feats = [z["feats"] for z in loaded]
        self.voices, self.names, self.changed = [], [], []  # (file, pieces' first rows, lengths)
        raw, seconds = [], []
        for k, z in enumerate(loaded):
            lengths = z["lengths"]
            starts, copies = np.cumsum(lengths) - lengths, len(lengths) // len(z["owner"])
            owner, splits = np.tile(z["owner"], copies), z["splits"]
            members = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
            for v, m in enumerate(members):
                if splits[v] == "train" and len(m):
                    self.voices.append((k, starts[m], lengths[m]))
                    raw.append(np.array(z["targets"][v], dtype=np.float32))
                    seconds.append(lengths[m].sum() / 100 / copies)
                    self.names.append(str(z["names"][v]))
                    self.changed.append(not files[k].endswith("_0.npz"))
        self.space = Targets(np.array(raw), power, os.path.join(cache, "student_space.npz"))
        self.targets = torch.tensor(self.space(np.array(raw)), dtype=torch.float32)
        weight = np.sqrt(np.minimum(seconds, 30)) * np.array([SHARE[n.split("/")[0]] for n in self.names])
        self.weight = weight / weight.sum()
        self.corpora = np.array([n.split("/")[0] for n in self.names])

    def crop(self, rng, voice, frames):
        k, starts, lengths = self.voices[voice]
        out, have = [], 0
        tail = int(rng.integers(0, frames // 4)) if rng.random() < 0.25 else 0
        while have < frames - tail:
            i = rng.integers(len(starts))
            take = min(int(lengths[i]), frames - tail - have)
            a = starts[i] + rng.integers(0, lengths[i] - take + 1)
            out.append(self.feats[k][a:a + take])
            have += take
        if tail:
            out.append(np.full((tail, out[0].shape[1]), SILENT, dtype=np.int16))
        return np.concatenate(out)

    def batch(self, rng, generator, config, count, frames):
        weight = self.weight
        if rng.random() < 0.6:  # hard negatives: voices of one corpus
            known = [c for c in LABELLED if (self.corpora == c).any()]
            pick = known[rng.integers(len(known))] if rng.random() < 0.7 else self.corpora[rng.choice(len(weight), p=weight)]
            weight = np.where(self.corpora == pick, weight, 0)
            weight /= weight.sum()
        some = np.repeat(rng.choice(len(weight), min(count // 2, int((weight > 0).sum())), replace=False, p=weight), 2)
        x = np.stack([self.crop(rng, v, frames) for v in some])
        f, voiced = batch_features(x.astype(np.float32), config)
        return spec_augment(f, generator), drop_frames(voiced[:, ::2], generator), torch.tensor(some)


class Loss(nn.Module):
    """Additive-margin softmax over all voices, plus the squared difference between the cosines of a batch and the teacher's.
    A voice's class starts at the teacher's target (`start` maps it into the network's space) and moves. An unlabelled voice
    that the teacher finds alike may be the same speaker and is no class to keep away from; of voices that are labelled
    differently the teacher is not asked."""

    def __init__(self, targets, labelled, start, alike, scale, margin, relation):
        super().__init__()
        self.labelled = labelled
        self.targets, self.classes = targets, nn.Parameter(F.normalize(targets @ start.T))
        self.alike, self.scale, self.margin, self.relation = alike, scale, margin, relation

    def forward(self, e, labels):
        e, own = F.normalize(e), self.targets[labels]
        cos = e @ F.normalize(self.classes).T
        known = self.labelled[labels]
        same = (own @ self.targets.T > self.alike) & ~(known[:, None] & self.labelled[None])
        same[torch.arange(len(labels)), labels] = False
        cos = cos - self.margin * F.one_hot(labels, len(self.targets))
        asked = ~(known[:, None] & known[None]) | (labels[:, None] == labels[None])
        relation = ((e @ e.T - own @ own.T)**2 * asked).mean()
        return F.cross_entropy(self.scale * cos.masked_fill(same, -1.0), labels) + self.relation * relation, relation


def bundle_weights(folder):
    """Float (weight [out][in][k], bias) of a bundle's convolutions and dense layer, by name."""
    doc, read = load(folder)
    nodes, out = {n["name"]: n for n in doc["graphs"]["embedding"]["nodes"]}, {}
    for name, node in nodes.items():
        if "weight" in node:
            step = nodes[name + "_out"]
            factor = step["mult"] / 2.0 ** (step["q"] + step["shift"])
            w = torch.tensor(read(node["weight"]) * factor, dtype=torch.float32)
            out[name] = (w.permute(0, 2, 1) if node["op"] == "conv1d" else w * 8,  # the statistics are in eighths
                         torch.tensor(read(node["bias"]) * factor * INPUT_SCALE, dtype=torch.float32))
    return out


def start_from(net, weights, x, mask):
    """Weights by name; x, mask: a batch on which the batch normalisations are set to change nothing."""
    with torch.no_grad():
        for c in net.convs:
            c.conv.weight.copy_(weights[c.spec.name][0])
            c.conv.bias.copy_(weights[c.spec.name][1])
            y = F.conv1d(F.pad(x, c.spec.pads), c.conv.weight, c.conv.bias, c.spec.stride, 0, c.spec.dilation)
            mean, var = y.mean((0, 2)), y.var((0, 2)) + 1e-4
            c.norm.weight.copy_(torch.sqrt(var))
            c.norm.bias.copy_(mean)
            c.norm.running_mean.copy_(mean)
            c.norm.running_var.copy_(var)
            x = F.relu(y)
        net.dense.weight.copy_(weights["dense"][0])
        net.dense.bias.copy_(weights["dense"][1])
        e = net.dense(torch.cat(masked_stats(x, mask), 1))
        net.norm.running_mean.copy_(e.mean(0))
        net.norm.running_var.copy_(e.var(0))


def space_of(net, material, rng, generator, batches=12):
    """The linear map from the teacher's targets that comes nearest to what the network makes of the voices."""
    e, z = [], []
    with torch.no_grad():
        for _ in range(batches):
            x, mask, labels = material.batch(rng, generator, FrontEndConfig(), 96, 250)
            e.append(F.normalize(net.eval()(x, mask)))
            z.append(material.targets[labels])
    e, z = torch.cat(e), torch.cat(z)
    return torch.linalg.solve(z.T @ z + 0.1 * len(z) / z.shape[1] * torch.eye(z.shape[1]), z.T @ e).T


def save(net, file):
    torch.save({"size": net.size, "net": net.state_dict(), "quantised": net.quantised,
                "scales": [c.out_scale for c in net.convs] + [net.out_scale]}, file)


def save_layers(net, file):
    """What export_bundle.py and join_students.py read."""
    layers = net.export()
    torch.save({"sizes": [net.size], "trunks": [layers[:-1]], "dense": layers[-1]}, file)


def restore(file):
    z = torch.load(file, weights_only=False)
    net = EmbeddingNet(z["size"])
    if z["quantised"]:
        net.fold()
        for c, s in zip(net.convs, z["scales"]):
            c.out_scale = s
        net.quantised, net.out_scale = True, z["scales"][-1]
    net.load_state_dict(z["net"])
    return net.eval()


def embedder(net):
    def embed(features, mask, _):
        with torch.no_grad():
            x = torch.tensor(features.T[None].astype(np.float32)) * INPUT_SCALE
            return net(x, torch.tensor(mask[None], dtype=torch.float32))[0].numpy().astype(np.float64)
    return embed


def load_embedder(file):
    return embedder(restore(file))


def run(net, material, loss, args, steps, rate, quantised, rng, generator, report):
    config = FrontEndConfig()
    opt = torch.optim.AdamW([{"params": net.parameters(), "weight_decay": 0.0 if quantised else 1e-3},
                             {"params": loss.parameters(), "weight_decay": 0.0, "lr": 2 * rate}], lr=rate)
    warm = max(1, int(0.05 * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        opt, lambda s: min(1.0, (s + 1) / warm) * 0.5 * (1 + np.cos(np.pi * min(1.0, s / steps))))
    net.train(not quantised)
    begin, total, relation = time.time(), 0.0, 0.0
    for step in range(steps):
        frames = 2 * int(rng.integers(args.frames[0] // 2, args.frames[1] // 2 + 1))
        x, mask, labels = material.batch(rng, generator, config, args.batch, frames)
        value, apart = loss(net(x, mask), labels)
        opt.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        opt.step()
        schedule.step()
        total += value.item()
        relation += apart.item()
        if step % 50 == 49:
            print("step %d loss %.3f relation %.3f  %.0f s" % (step + 1, total / 50, relation / 50, time.time() - begin),
                  flush=True)
            total = relation = 0.0
        if step % args.report == args.report - 1 or step == steps - 1:
            net.eval()
            print(report(net), flush=True)
            net.train(not quantised)
            save(net, args.out + (".quantised" if quantised else ".float"))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--size", default="small")
    ap.add_argument("--steps", type=int, default=1500)
    ap.add_argument("--quantised-steps", type=int, default=150)
    ap.add_argument("--batch", type=int, default=128)
    ap.add_argument("--variants", type=int, default=99, help="variants of the cache that are used")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--rate", type=float, default=2e-3)
    ap.add_argument("--quantised-rate", type=float, default=3e-4)
    ap.add_argument("--power", type=float, default=0.25, help="whitening of the teacher's space; 0.5 is whole")
    ap.add_argument("--scale", type=float, default=20.0)
    ap.add_argument("--margin", type=float, default=0.1)
    ap.add_argument("--relation", type=float, default=10.0)
    ap.add_argument("--alike", type=float, default=0.5)
    ap.add_argument("--frames", type=int, nargs=2, default=[140, 360])
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--report", type=int, default=400)
    ap.add_argument("--init", help="a float checkpoint, or the folder of a bundle whose embedding has the same shape")
    args = ap.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng, generator = np.random.default_rng(args.seed), torch.Generator().manual_seed(args.seed)
    material = Material(args.cache, args.variants, args.power)
    print("%d voices" % len(material.voices), flush=True)
    net = EmbeddingNet(args.size)
    start = torch.eye(EMBEDDING_DIM)
    if args.init:
        if os.path.isdir(args.init):
            x, mask, _ = material.batch(rng, generator, FrontEndConfig(), 64, 300)
            start_from(net, bundle_weights(args.init), x, mask)
        else:
            net = restore(args.init)
        start = space_of(net, material, rng, generator)
    held_out = segments(args.data, args.cache, "held_out")
    labelled = torch.tensor(~np.isin(material.corpora, ("intents", "wake_words", "precise")))
    loss = Loss(material.targets, labelled, start, args.alike, args.scale, args.margin, args.relation)

    def report(n):
        return "held out: " + text(rates(held_out, embedder(n)))
    if args.steps:
        run(net, material, loss, args, args.steps, args.rate, False, rng, generator, report)
    if args.quantised_steps:
        net.eval()
        net.fold()
        x, mask, _ = material.batch(rng, generator, FrontEndConfig(), 64, 400)
        net.calibrate(x, mask)
        print("folded, calibrated: " + report(net), flush=True)
        run(net, material, loss, args, args.quantised_steps, args.quantised_rate, True, rng, generator, report)
        save_layers(net, args.out)


if __name__ == "__main__":
    main()
