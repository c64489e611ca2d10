"""Trains the speaker embedding: additive-margin softmax over all train speakers plus an angular
prototype loss inside batches of one corpus; then folds and fine-tunes quantised. Writes speaker.pt."""
import argparse
import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import corpora
from augment import COPIES
from evaluate import speaker_report
from frontend import FrontEndConfig
from nets import EmbeddingNet, batch_features

# Share of draws: speakers of a corpus are drawn by (seconds of speech)^0.5 times this.
CORPUS_WEIGHT = {"hyke": 4.0, "an4": 3.0, "librispeech": 1.5, "arabic_commands": 2.0, "fsdd": 2.0, "speech_commands": 0.5}


class Material:
    """Log-mel of every copy; speakers as classes, a changed speed making another speaker."""

    def __init__(self, utts, cache, copies):
        self.feats, self.offsets = [], []
        for n in copies:
            z = np.load(os.path.join(cache, "logmel_train_%d.npz" % n))
            self.feats.append(z["feats"])
            self.offsets.append((np.cumsum(z["lengths"]) - z["lengths"], z["lengths"]))
        speeds = sorted({COPIES[n][:2] for n in copies})
        members = {}
        for i, u in enumerate(utts):
            if u.split == "train":
                members.setdefault(u.speaker, []).append(i)
        self.classes = []  # (corpus, utterances, copies of one speed)
        for speed in speeds:
            same = [k for k, n in enumerate(copies) if COPIES[n][:2] == speed]
            for speaker, m in members.items():
                self.classes.append((speaker.split("/")[0], m, same))
        seconds = np.array([sum(len(utts[i].pcm) for i in c[1]) / 8000 for c in self.classes])
        changed = np.array([COPIES[copies[c[2][0]]][:2] != (1, 1) for c in self.classes])
        self.weight = np.sqrt(seconds) * np.array([CORPUS_WEIGHT[c[0]] for c in self.classes]) * np.where(changed, 0.4, 1)
        self.corpora = np.array([c[0] for c in self.classes])

    def draw_classes(self, rng, count):
        w = self.weight
        if rng.random() < 0.7:  # hard negatives: one corpus
            names = sorted(CORPUS_WEIGHT)
            share = np.array([self.weight[self.corpora == n].sum() for n in names])
            share[names.index("fsdd")] = 0
            pick = names[rng.choice(len(names), p=share / share.sum())]
            w = np.where(self.corpora == pick, w, 0)
        return rng.choice(len(w), min(count, int((w > 0).sum())), replace=False, p=w / w.sum())

    def crop(self, rng, label, frames):
        _, members, copies = self.classes[label]
        k = copies[rng.integers(len(copies))]
        start, length = self.offsets[k]
        out, have = [], 0
        while have < frames:
            i = members[rng.integers(len(members))]
            n = int(length[i])
            take = min(n, frames - have)
            a = start[i] + rng.integers(0, n - take + 1)
            out.append(self.feats[k][a:a + take])
            have += take
        return np.concatenate(out)


def drop_frames(mask, generator):
    """Removes random 200 ms blocks from half of the masks: login pools over digits only."""
    b, t = mask.shape
    keep = torch.rand(b, (t + 9) // 10, generator=generator)
    rate = torch.rand(b, 1, generator=generator) * 0.6
    rate = torch.where(torch.rand(b, 1, generator=generator) < 0.5, rate, torch.zeros_like(rate))
    block = (keep >= rate).float().repeat_interleave(10, 1)[:, :t]
    out = mask * block
    return torch.where(out.sum(1, keepdim=True) >= 20, out, mask)


def spec_augment(x, generator):
    b, c, _ = x.shape
    width = torch.randint(0, 7, (b, 1), generator=generator)
    first = torch.randint(0, c, (b, 1), generator=generator)
    band = torch.arange(c)[None]
    hit = (band >= first) & (band < first + width) & (torch.rand(b, 1, generator=generator) < 0.5)
    return x.masked_fill(hit[:, :, None], 0.0)


class Margin(nn.Module):
    def __init__(self, classes, dim, scale=24.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, dim) * 0.1)
        self.scale = scale

    def forward(self, e, labels, margin):
        cos = F.linear(F.normalize(e), F.normalize(self.weight))
        cos = cos - margin * F.one_hot(labels, len(self.weight))
        return F.cross_entropy(self.scale * cos, labels, label_smoothing=0.05)


class Prototype(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-5.0))

    def forward(self, e):
        e = F.normalize(e)
        a, p = e[0::2], e[1::2]
        s = a @ p.T * self.w.clamp(min=1e-3) + self.b
        t = torch.arange(len(a))
        return 0.5 * (F.cross_entropy(s, t) + F.cross_entropy(s.T, t))


def batch(material, rng, generator, config, speakers, frames):
    labels = material.draw_classes(rng, speakers)
    x = np.stack([material.crop(rng, c, frames) for c in labels for _ in range(2)])
    f, voiced = batch_features(x.astype(np.float32), config)
    mask = drop_frames(voiced[:, ::2], generator)
    return spec_augment(f, generator), mask, torch.tensor(np.repeat(labels, 2))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--out", default="speaker.pt")
    ap.add_argument("--steps", type=int, default=4000)
    ap.add_argument("--quantised-steps", type=int, default=500)
    ap.add_argument("--speakers", type=int, default=32)
    ap.add_argument("--copies", type=int, default=len(COPIES))
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--rate", type=float, default=3e-3)
    ap.add_argument("--margin", type=float, default=0.2)
    ap.add_argument("--frames", type=int, nargs=2, default=[160, 350], help="range of crop lengths, 10 ms frames")
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--init", help="continue from a float checkpoint (skips the float phase when --steps 0)")
    args = ap.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng, generator = np.random.default_rng(args.seed), torch.Generator().manual_seed(args.seed)
    config = FrontEndConfig()
    utts = corpora.load(args.data, args.cache)
    material = Material(utts, args.cache, list(range(args.copies)))
    net, margin, proto = EmbeddingNet(), Margin(len(material.classes), 64), Prototype()
    if args.init:
        z = torch.load(args.init)
        net.load_state_dict(z["net"])
        margin.load_state_dict(z["margin"])
        proto.load_state_dict(z["proto"])
    print("classes", len(material.classes), flush=True)

    def run(steps, rate, quantised):
        params = [{"params": net.parameters(), "weight_decay": 1e-3 if not quantised else 0.0},
                  {"params": list(margin.parameters()) + list(proto.parameters()), "weight_decay": 1e-4}]
        opt = torch.optim.AdamW(params, lr=rate)
        warm = 0.1
        schedule = torch.optim.lr_scheduler.LambdaLR(
            opt, lambda s: min(1.0, (s + 1) / (warm * steps)) * 0.5 * (1 + np.cos(np.pi * min(1.0, s / steps))))
        net.train(not quantised)
        begin, total = time.time(), 0.0
        for step in range(steps):
            frames = 2 * int(rng.integers(args.frames[0] // 2, args.frames[1] // 2 + 1))
            x, mask, labels = batch(material, rng, generator, config, args.speakers, frames)
            e = net(x, mask)
            m = args.margin if quantised else args.margin * min(1.0, step / (0.4 * steps))
            loss = margin(e, labels, m) + proto(e)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            opt.step()
            schedule.step()
            total += loss.item()
            if step % 100 == 99:
                print("step %d loss %.3f  %.0f s" % (step + 1, total / 100, time.time() - begin), flush=True)
                total = 0.0
            if step % 1000 == 999 or step == steps - 1:
                net.eval()
                print(speaker_report(utts, args.cache, float_embedder(net, config)), flush=True)
                net.train(not quantised)
                if not quantised:
                    torch.save({"net": net.state_dict(), "margin": margin.state_dict(), "proto": proto.state_dict()},
                               args.out + ".float")

    if args.steps:
        run(args.steps, args.rate, False)
    net.eval()
    net.fold()
    x, mask, _ = batch(material, rng, generator, config, 64, 400)
    net.calibrate(x, mask)
    print("folded, calibrated:", speaker_report(utts, args.cache, float_embedder(net, config)), flush=True)
    if args.quantised_steps:
        run(args.quantised_steps, 2e-4, True)
    layers = net.export()
    torch.save({"sizes": [net.size], "trunks": [layers[:-1]], "dense": layers[-1]}, args.out)


def float_embedder(net, config):
    def embed(log_mel):
        even = log_mel[None, :len(log_mel) // 2 * 2]
        f, voiced = batch_features(even.astype(np.float32), config)
        with torch.no_grad():
            return net(f, voiced[:, ::2])[0].numpy()
    return embed


if __name__ == "__main__":
    main()
