"""Phrase trials of dev speakers on the integer model: costs of the spoken phrase, of phrases with one digit
changed, and of random phrases; voiced frames inside and outside. Chooses nothing; choose_decision.py does."""
import argparse
import json

import numpy as np

import corpora
from decision import best_path, counts, phrase_costs
from digits_data import WORDS
from evaluate_bundle import Model


def cut_digits(utts, alignments, split):
    """{speaker: [(digit, pcm)]} from FSDD clips and AN4 alignments with 40 ms of context."""
    out = {}
    for u in utts:
        if u.split != split:
            continue
        if u.corpus == "fsdd":
            out.setdefault(u.speaker, []).append((WORDS[u.words], u.pcm))
        elif u.corpus == "an4":
            for w, a, b in alignments.get(u.name, []):
                a, b = max(0, int((a - 0.04) * 8000)), int((b + 0.04) * 8000)
                if b - a > 1200:
                    out.setdefault(u.speaker, []).append((WORDS[w] % 10, u.pcm[a:b]))
    return out


def phrase_of(rng, length):
    p = [int(rng.integers(10))]
    while len(p) < length:
        d = int(rng.integers(10))
        if d != p[-1]:
            p.append(d)
    return p


def joined(rng, digits, length):
    """(phrase, PCM) of a speaker's cut digits, gaps of 20 to 300 ms with the clips' own noise level."""
    by = {}
    for d, x in digits:
        by.setdefault(d, []).append(x)
    if len(by) < 7:
        return None
    while True:
        phrase = phrase_of(rng, length)
        if all(d in by for d in phrase):
            break
    clips = [by[d][rng.integers(len(by[d]))].astype(float) for d in phrase]
    floor = np.median([np.percentile(np.abs(c), 15) for c in clips])
    pause = lambda s: rng.normal(0, 0.7 * floor + 1, int(s * 8000))
    parts = [pause(rng.uniform(0.1, 0.5))]
    for c in clips:
        parts += [c, pause(rng.uniform(0.02, 0.3))]
    parts.append(pause(rng.uniform(0.1, 0.4)))
    return phrase, np.clip(np.rint(np.concatenate(parts)), -32768, 32767).astype(np.int64)


def spoken(utts, alignments, rng, joined_per_speaker):
    """(kind, speaker, phrase, PCM): AN4 utterances of 4 to 8 digits, and joined clips."""
    for u in utts:
        words = u.words.split()
        if u.split == "dev" and u.corpus == "an4" and 4 <= len(words) <= 8 and all(w in WORDS for w in words):
            yield "an4 natural", u.speaker, [WORDS[w] % 10 for w in words], u.pcm.astype(np.int64)
    for speaker, digits in cut_digits(utts, alignments, "dev").items():
        for _ in range(joined_per_speaker * (5 if speaker.startswith("fsdd") else 1)):
            made = joined(rng, digits, int(rng.integers(5, 9)))
            if made:
                yield ("fsdd joined" if speaker.startswith("fsdd") else "an4 joined", speaker) + made


def hyke_windows(model, utts):
    """Runs of 6 digits of dev speakers whose labels come from the recogniser under the constraint."""
    from hyke_labels import COUNTS, label_line
    for u in utts:
        if u.corpus != "hyke" or u.split != "dev":
            continue
        pcm = u.pcm.astype(np.int64)
        logits = model.logits(model.fe.run(model.fe.pad(pcm, model.fe.frames_for(len(pcm)) // 2 * 2)))
        labels, _ = label_line(logits, COUNTS[int(u.name.split("_")[-1])])
        for k in range(0, len(labels) - 5, 6):
            run = labels[k:k + 6]
            if np.mean([r[3] for r in labels[k // 10 * 10:k // 10 * 10 + 10]]) < 0.7:
                continue
            phrase = [r[0] for r in run]
            if any(a == b for a, b in zip(phrase, phrase[1:])):
                continue
            a = max(0, run[0][1] * 160 - 400)
            b = min(len(pcm), run[-1][2] * 160 + 400)
            if k > 0:
                a = max(a, labels[k - 1][2] * 160)
            if k + 6 < len(labels):
                b = min(b, labels[k + 6][1] * 160)
            yield "hyke self-labelled", u.speaker, phrase, pcm[a:b]


def neighbours(phrase):
    for k in range(len(phrase)):
        for d in range(10):
            q = phrase[:k] + [d] + phrase[k + 1:]
            if d != phrase[k] and all(a != b for a, b in zip(q, q[1:])):
                yield q


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--bundle", default="../../models/digits8k")
    ap.add_argument("--min-frames", type=int, default=4)
    ap.add_argument("--joined", type=int, default=8)
    ap.add_argument("--out", required=True)
    args = ap.parse_args()
    rng = np.random.default_rng(5)
    utts = corpora.load(args.data, args.cache)
    model = Model(args.bundle)
    alignments = corpora.digit_alignments(args.data)
    mins = [args.min_frames] * 10
    rows = []
    sources = list(spoken(utts, alignments, rng, args.joined)) + list(hyke_windows(model, utts))
    for kind, speaker, phrase, pcm in sources:
        r = model.front(pcm)
        logits = model.logits(r)
        cost, path, kinds = best_path(logits, phrase, mins)
        inside, outside, _ = counts(path, kinds, r["voiced"])
        changed = phrase_costs(logits, list(neighbours(phrase)), mins)
        others = phrase_costs(logits, [phrase_of(rng, len(phrase)) for _ in range(30)], mins)
        rows.append({"kind": kind, "speaker": speaker, "length": len(phrase), "cost": cost, "inside": inside,
                     "outside": outside, "changed": sorted(changed.tolist()), "random": sorted(others.tolist()),
                     "snr_ok": bool(r["snr_ok"])})
    with open(args.out, "w") as f:
        json.dump(rows, f)
    for kind in sorted({r["kind"] for r in rows}):
        k = [r for r in rows if r["kind"] == kind]
        cost = np.array([r["cost"] / r["length"] for r in k])
        best = np.array([r["changed"][0] / r["length"] for r in k])
        print("%-20s n %3d  cost/digit pct 50,90,95,99 %s  nearest wrong pct 1,5,10,50 %s  wins %.3f  outside %s inside/L %s snr_ok %.2f" %
              (kind, len(k), np.round(np.percentile(cost, [50, 90, 95, 99])), np.round(np.percentile(best, [1, 5, 10, 50])),
               np.mean(cost < best), np.percentile([r["outside"] for r in k], [50, 95]),
               np.round(np.percentile([r["inside"] / r["length"] for r in k], [5, 50])), np.mean([r["snr_ok"] for r in k])))


if __name__ == "__main__":
    main()
