"""Measures a bundle's integer model on the dev speakers from PCM: speaker trials, digit errors, phrase
trials. Prints JSON; --scores keeps every score for choosing thresholds."""
import argparse
import json
import json

import numpy as np

import corpora
from bundle import BUCKETS, load
from digit_scores import best_digit, edits
from decision import free_decode
from digits_data import WORDS
from evaluate import ENROL, bootstrap, eer, split_scores, trials
from frontend import FrontEnd
from integer_graph import Graph


class Model:
    def __init__(self, folder):
        self.doc, read = load(folder)
        self.graphs = {k: Graph(g, read) for k, g in self.doc["graphs"].items()}
        self.fe = FrontEnd()

    def buffer(self, pcm):
        need = max(2, self.fe.frames_for(len(pcm)))
        frames = next((b for b in BUCKETS if self.fe.samples(b) >= len(pcm)), need + need % 2)
        return self.fe.pad(pcm, frames)

    def front(self, pcm):
        return self.fe.run(self.buffer(pcm))

    def embed(self, r, mask=None):
        mask = r["voiced"][::2] if mask is None else mask
        return self.graphs["embedding"].run(features=r["features"], mask=mask)

    def logits(self, r):
        return self.graphs["recogniser"].run(features=r["features"])


class FloatModel(Model):
    """The float networks before quantisation, on the same integer features: what quantisation costs."""

    def __init__(self, folder, speaker, recogniser):
        import torch
        from nets import EmbeddingNet, RecogniserNet
        super().__init__(folder)
        self.torch, self.speaker, self.recogniser = torch, EmbeddingNet(), RecogniserNet()
        self.speaker.load_state_dict(torch.load(speaker)["net"])
        self.recogniser.load_state_dict(torch.load(recogniser))
        self.speaker.eval()
        self.recogniser.eval()

    def _input(self, r):
        return self.torch.tensor(r["features"].T[None] / 32.0, dtype=self.torch.float32)

    def embed(self, r, mask=None):
        mask = r["voiced"][::2] if mask is None else mask
        with self.torch.no_grad():
            e = self.speaker(self._input(r), self.torch.tensor(mask[None], dtype=self.torch.float32))
        return e[0].numpy().astype(np.float64)

    def logits(self, r):
        with self.torch.no_grad():
            return np.rint(1024 * self.recogniser(self._input(r))[0].T.numpy()).astype(np.int64)


def proportion(errors, draws=2000):
    """(rate, 95 % interval) of a list of (errors, count) per speaker: bootstrap over speakers, or over
    tokens (Wilson) when there is one speaker."""
    e, n = np.array([x[0] for x in errors], float), np.array([x[1] for x in errors], float)
    rate = e.sum() / n.sum()
    if len(errors) < 3:
        z, m = 1.96, n.sum()
        centre, half = (rate + z * z / (2 * m)), z * np.sqrt(rate * (1 - rate) / m + z * z / (4 * m * m))
        return rate, [(centre - half) / (1 + z * z / m), (centre + half) / (1 + z * z / m)]
    pick = np.random.default_rng(0).integers(0, len(e), (draws, len(e)))
    return rate, np.percentile(e[pick].sum(1) / n[pick].sum(1), [2.5, 97.5]).tolist()


def speaker_segments(utts, corpus):
    for u in utts:
        if u.split != "dev" or u.corpus != corpus:
            continue
        if corpus == "hyke":
            for a in range(0, len(u.pcm) - 47999, 48000):
                yield u.speaker, u.pcm[a:a + 48000]
        elif corpus == "librispeech":
            for a in range(0, len(u.pcm) - 23999, 24000):
                yield u.speaker, u.pcm[a:a + 24000]
        else:
            yield u.speaker, u.pcm


def speaker_trials(model, utts, corpus, limit=60):
    emb = {}
    for speaker, pcm in speaker_segments(utts, corpus):
        if len(emb.setdefault(speaker, [])) < limit and np.abs(pcm.astype(int)).max() >= 64:
            r = model.front(pcm)
            if r["voiced"][::2].sum() >= 10:
                emb[speaker].append(model.embed(r).astype(float))
    return trials(emb, ENROL[corpus], 20)


def digit_errors(model, utts, alignments):
    fsdd, an4, string = {}, {}, {}
    for u in utts:
        words = u.words.split()
        if u.split != "dev" or u.corpus not in ("fsdd", "an4") or not set(words) & set(WORDS):
            continue
        r = model.front(u.pcm)
        logits = model.logits(r)[:max(6, len(u.pcm) // 160)]
        if u.corpus == "fsdd":
            fsdd.setdefault(u.speaker, []).append(best_digit(logits) != WORDS[words[0]] % 10)
            continue
        for w, a, b in alignments.get(u.name, []):
            cut = logits[max(0, int(a * 50) - 2):int(b * 50) + 2]
            if len(cut) >= 5:
                an4.setdefault(u.speaker, []).append(best_digit(cut) != WORDS[w] % 10)
        if all(w in WORDS for w in words):
            want = [WORDS[w] % 10 for w in words]
            k = string.setdefault(u.speaker, [0, 0])
            k[0] += edits(free_decode(logits, [4] * 10, 40), want)
            k[1] += len(want)
    pack = lambda d: [(sum(v), len(v)) for v in d.values()]
    return {"fsdd": pack(fsdd), "an4": pack(an4), "an4_string": [tuple(v) for v in string.values()]}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--bundle", default="../../models/digits8k")
    ap.add_argument("--scores")
    ap.add_argument("--corpora", default="hyke,an4,librispeech,arabic_commands")
    ap.add_argument("--float", nargs=2, metavar=("SPEAKER", "RECOGNISER"), help="float checkpoints instead of the bundle's")
    args = ap.parse_args()
    utts = corpora.load(args.data, args.cache)
    model = FloatModel(args.bundle, *args.float) if args.float else Model(args.bundle)
    for name, g in model.graphs.items():
        rows = max(r[3] for r in g.certificate())
        print("certificate %s: all accumulators inside, at most %d rows of h" % (name, rows))
    kept = {}
    for corpus in args.corpora.split(","):
        rows = speaker_trials(model, utts, corpus)
        g, i = split_scores(rows)
        rate, threshold = eer(g, i)
        low, high = bootstrap(rows)
        kept[corpus] = rows
        print("EER %-16s %.1f %% [%.1f, %.1f] at cosine %.3f, %d genuine %d impostor trials, %d speakers"
              % (corpus, 100 * rate, 100 * low, 100 * high, threshold, len(g), len(i), len({r[0] for r in rows})), flush=True)
    for name, errors in digit_errors(model, utts, corpora.digit_alignments(args.data)).items():
        rate, (low, high) = proportion(errors)
        print("digit error %-10s %.1f %% [%.1f, %.1f] of %d" % (name, 100 * rate, 100 * low, 100 * high,
                                                                 sum(n for _, n in errors)), flush=True)
    if args.scores:
        with open(args.scores, "w") as f:
            json.dump(kept, f)


if __name__ == "__main__":
    main()
