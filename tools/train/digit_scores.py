"""Digit errors of the dev speakers: FSDD clips and AN4's aligned digits as one-digit phrases, and AN4
utterances of digits only as free strings."""
import os

import numpy as np

from decision import free_decode, phrase_costs
from digits_data import WORDS

MIN_FRAMES = [4] * 10
SINGLES = [[d] for d in range(10)]


def best_digit(logits):
    return int(np.argmin(phrase_costs(logits, SINGLES, [min(4, max(1, len(logits) - 1))] * 10)))


def edits(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        prev, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            prev, row[j + 1] = row[j + 1], min(row[j + 1] + 1, row[j] + 1, prev + (x != y))
    return row[-1]


def report(utts, cache, alignments, logits_of, copy=0, split="dev", limit=None):
    z = np.load(os.path.join(cache, "logmel_%s_%d.npz" % (split, copy)))
    feats, lengths = z["feats"], z["lengths"]
    start = np.cumsum(lengths) - lengths
    out = {k: [0, 0] for k in ("fsdd", "an4", "an4_string", "speech_commands")}
    for i, u in enumerate(utts):
        if u.split != split or u.corpus not in out:
            continue
        words = u.words.split()
        if not words or not (set(words) & set(WORDS)):
            continue
        logits = logits_of(feats[start[i]:start[i] + lengths[i]])
        if u.corpus in ("fsdd", "speech_commands"):
            d = WORDS[words[0]] % 10
            out[u.corpus][0] += best_digit(logits) != d
            out[u.corpus][1] += 1
            continue
        for w, a, b in alignments.get(u.name, []):
            cut = logits[max(0, int(a * 50) - 2):int(b * 50) + 2]
            if len(cut) < 5:
                continue
            out["an4"][0] += best_digit(cut) != WORDS[w] % 10
            out["an4"][1] += 1
        if all(w in WORDS for w in words):
            want = [WORDS[w] % 10 for w in words]
            out["an4_string"][0] += edits(free_decode(logits, MIN_FRAMES, 40), want)
            out["an4_string"][1] += len(want)
    return {k: "%.1f%% of %d" % (100 * e / max(1, n), n) for k, (e, n) in out.items()}
