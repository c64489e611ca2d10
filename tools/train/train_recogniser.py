"""Trains the frame-synchronous digit recogniser on natural and joined utterances (digits_data.py);
then folds and fine-tunes quantised. Writes recogniser.pt."""
import argparse
import json
import os
import time

import numpy as np
import torch
from torch import nn

import corpora
import digits_data
from augment import COPIES
from digit_scores import report
from frontend import FrontEndConfig
from hyke_labels import load_labels
from nets import RecogniserNet, batch_features

# Probability of each kind of piece in a mixed sequence.
MIXED = {"an4": 0.34, "hyke": 0.22, "fsdd": 0.1, "speech_commands": 0.12, "arabic_commands": 0.08, "librispeech": 0.14}


class Pieces:
    """Labelled log-mel of every copy, and the cut-out digits by speaker."""

    def __init__(self, utts, cache, alignments, hyke, copies, config):
        self.copies = []  # per copy: {corpus: [(feats, bits)]}
        self.digits = []  # per copy: {speaker: [(feats, bits)]}
        bits_of_speed = {}
        for n in copies:
            z = np.load(os.path.join(cache, "logmel_train_%d.npz" % n))
            feats, lengths = z["feats"], z["lengths"]
            start = np.cumsum(lengths) - lengths
            speed = COPIES[n][1] / COPIES[n][0]
            store, cut = {}, {}
            known = bits_of_speed.setdefault(speed, {})
            for i, u in enumerate(utts):
                if u.split != "train":
                    continue
                x = feats[start[i]:start[i] + lengths[i]]
                if i not in known:  # the first copy of a speed is the cleanest one at hand
                    known[i] = digits_data.targets(u, x, config, alignments, hyke, speed)
                bits = known[i]
                if bits is None or not (bits != 0).any():
                    continue
                store.setdefault(u.corpus, []).append((x, bits))
                self._cut(cut, u, x, bits)
            self.copies.append(store)
            self.digits.append({s: v for s, v in cut.items() if len(v) >= 8})

    @staticmethod
    def _cut(cut, u, x, bits):
        """Runs of one digit with up to 50 ms on both sides."""
        digit = (bits & 0x7ff) * ((bits & (digits_data.SIL | digits_data.OTH)) == 0)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], (digit > 0).astype(int), [0]])))
        for a, b in zip(edges[::2], edges[1::2]):
            if 8 <= b - a <= 90 and len(set(digit[a:b].tolist())) == 1:
                a0, b0 = max(0, a - 5), min(len(x), b + 5)
                piece = np.full(b0 - a0, int(digit[a]) | digits_data.SIL, dtype=np.int32)
                piece[a - a0:b - a0] = digit[a]
                cut.setdefault(u.speaker, []).append((x[a0:b0], piece))

    def sequence(self, rng, frames):
        k = rng.integers(len(self.copies))
        if rng.random() < 0.2:
            return self._single(rng, k, frames)
        string = rng.random() < 0.4
        speakers = sorted(self.digits[k]) if string else None
        if string:
            w = np.array([3.0 if s.startswith("fsdd") else 1.0 for s in speakers])
            pool = self.digits[k][speakers[rng.choice(len(speakers), p=w / w.sum())]]
            gap_rate = rng.choice([0.1, 0.5, 1.0])
        xs, bs, have = [], [], 0
        names = sorted(n for n in MIXED if n in self.copies[k])
        p = np.array([MIXED[n] for n in names])
        while have < frames:
            if string:
                x, b = self._stretch(rng, *pool[rng.integers(len(pool))])
                if rng.random() < 0.3 and len(x) > 24:  # tighter joints
                    cut = int(rng.integers(1, 5))
                    x, b = x[cut:-cut], b[cut:-cut]
            else:
                name = names[rng.choice(len(names), p=p / p.sum())]
                pool_ = self.copies[k][name]
                x, b = pool_[rng.integers(len(pool_))]
                limit = int(rng.integers(100, 300))
                if name in ("librispeech", "hyke", "an4") and len(x) > limit:
                    a = rng.integers(0, len(x) - limit)
                    x, b = x[a:a + limit], b[a:a + limit]
            x = np.maximum(x.astype(np.float32) + rng.uniform(-40, 40) * (0.3 if string else 1), 224)
            xs.append(x)
            bs.append(b)
            have += len(x)
            if rng.random() < (gap_rate if string else 0.3):
                g = int(rng.integers(3, 60))
                xs.append(self._gap(rng, x, g))
                bs.append(np.full(g, digits_data.SIL, dtype=np.int32))
                have += g
        return np.concatenate(xs)[:frames], np.concatenate(bs)[:frames]

    def _single(self, rng, k, frames):
        """One to three cut-out digits of a speaker and silence: the mean is that of these digits alone."""
        speakers = sorted(self.digits[k])
        pool = self.digits[k][speakers[rng.integers(len(speakers))]]
        xs, bs, have = [], [], 0
        count = int(rng.integers(1, 4))
        while have < frames:
            if count > 0:
                x, b = self._stretch(rng, *pool[rng.integers(len(pool))])
                if not xs and rng.random() < 0.5:
                    x, b = x[5:], b[5:]
                xs.append(x.astype(np.float32))
                bs.append(b)
                have += len(x)
                count -= 1
            g = int(rng.integers(3, 40)) if count > 0 else frames
            xs.append(self._gap(rng, xs[-1], g))
            bs.append(np.full(g, digits_data.SIL, dtype=np.int32))
            have += g
        return np.concatenate(xs)[:frames], np.concatenate(bs)[:frames]

    @staticmethod
    def _stretch(rng, x, b):
        """Slower (or a little faster) by repeating frames: dictation and studio voices are slow."""
        if rng.random() < 0.6:
            return x, b
        at = np.arange(0, len(x), 1 / rng.uniform(0.85, 1.8)).astype(int)
        return x[at], b[at]

    @staticmethod
    def _gap(rng, x, frames):
        """Silence like the quietest frames of the piece, or digital silence."""
        if rng.random() < 0.25:
            return np.full((frames, x.shape[1]), 224, dtype=np.float32)
        quiet = x[np.argsort(x.sum(1))[:max(2, len(x) // 12)]]
        return np.maximum(224, quiet[rng.integers(0, len(quiet), frames)] - rng.uniform(0, 60))


DIGIT_WEIGHT = 2.0  # a digit frame taken for other speech refuses a user; far more speech is "other"


def set_loss(logits, bits):
    """-log of the probability of the allowed set, averaged over frames that allow something."""
    allowed = ((bits[:, None] >> torch.arange(logits.shape[1])[None, :, None]) & 1).bool()
    logp = torch.log_softmax(logits, 1)
    good = torch.logsumexp(logp.masked_fill(~allowed, -1e4), 1)
    use = (bits != 0).float() * torch.where((bits & (digits_data.SIL | digits_data.OTH)) == 0, DIGIT_WEIGHT, 1.0)
    good = good.clamp(min=-12)
    return -(good * use).sum() / use.sum()


def batch(pieces, rng, config, size, frames):
    xs, bs = zip(*(pieces.sequence(rng, frames) for _ in range(size)))
    f, _ = batch_features(np.stack(xs), config)
    # a random offset for the mean of voiced frames that another choice of words would have given
    f = f + torch.tensor(rng.normal(0, 0.15, (size, 32, 1)), dtype=torch.float32)
    f = torch.clamp(torch.round(f * 32), -128, 127) / 32
    if rng.random() < 0.5:
        band, width = int(rng.integers(0, 30)), int(rng.integers(1, 5))
        f[: size // 2, band:band + width] = 0
    return f, torch.tensor(np.stack(bs)[:, ::2])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--out", default="recogniser.pt")
    ap.add_argument("--steps", type=int, default=3000)
    ap.add_argument("--quantised-steps", type=int, default=400)
    ap.add_argument("--batch", type=int, default=40)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--rate", type=float, default=3e-3)
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--hyke-labels", help="file written by hyke_labels.py")
    ap.add_argument("--init", help="float checkpoint to start from")
    args = ap.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng, config = np.random.default_rng(args.seed), FrontEndConfig()
    utts = corpora.load(args.data, args.cache)
    alignments = corpora.digit_alignments(args.data)
    hyke = load_labels(args.hyke_labels) if args.hyke_labels else {}
    pieces = Pieces(utts, args.cache, alignments, hyke, list(range(len(COPIES))), config)
    net = RecogniserNet()
    if args.init:
        net.load_state_dict(torch.load(args.init))

    def logits_of(log_mel):
        even = log_mel[None, :len(log_mel) // 2 * 2].astype(np.float32)
        f, _ = batch_features(even, config)
        with torch.no_grad():
            return np.rint(8 * net(f)[0].T.numpy()).astype(np.int64).clip(-127, 127)

    def run(steps, rate, quantised):
        opt = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.0 if quantised else 1e-2)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            opt, lambda s: min(1.0, (s + 1) / (0.05 * steps)) * 0.5 * (1 + np.cos(np.pi * min(1.0, s / steps))))
        net.train()
        begin, total = time.time(), 0.0
        for step in range(steps):
            x, bits = batch(pieces, rng, config, args.batch, 2 * int(rng.integers(120, 220)))
            loss = set_loss(net(x), bits)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            opt.step()
            schedule.step()
            total += loss.item()
            if step % 100 == 99:
                print("step %d loss %.4f  %.0f s" % (step + 1, total / 100, time.time() - begin), flush=True)
                total = 0.0
            if step % 1000 == 999 or step == steps - 1:
                net.eval()
                print(json.dumps(report(utts, args.cache, alignments, logits_of)), flush=True)
                if not quantised:
                    torch.save(net.state_dict(), args.out + ".float")
                net.train()

    if args.steps:
        run(args.steps, args.rate, False)
    net.eval()
    net.fold()
    net.calibrate(batch(pieces, rng, config, 64, 400)[0])
    if args.quantised_steps:
        run(args.quantised_steps, 3e-4, True)
    torch.save({"layers": net.export()}, args.out)


if __name__ == "__main__":
    main()
