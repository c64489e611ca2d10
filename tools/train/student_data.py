"""The student's cache, one file a variant: the teacher's embedding of each voice (clean, 16 kHz) and log-mel features of
degraded copies of its pieces (8 kHz). Variant 0 is the recordings, the others are changed voices (voices.py)."""
import argparse
import os
import time

import numpy as np
from scipy.signal import resample_poly

import corpora
import degrade
import voices
from augment import FastFrontEnd

COPIES = {0: 2}  # degraded copies of a piece; 1 for changed voices
WINDOWS = {0: 10}  # the teacher's windows a voice; 4 for changed voices
SECONDS = {0: 60.0}  # speech of a voice; 12 for changed voices
CODEC_SHARE = 0.12


class Heard:
    """What noise of other speakers is drawn from."""

    def __init__(self, pcm):
        self.pcm = pcm


def take(voice, variant, rng):
    if variant:
        return voices.changed(voice.pieces, rng, SECONDS.get(variant, 12.0))
    out, most = [], SECONDS[0] * voices.RATE
    for p in voice.pieces:
        if sum(map(len, out)) < most:
            out.append(np.asarray(p))
    return out


def degraded(pieces, rngs, noises, speech):
    """8 kHz copies of the pieces; a share of them also through a codec."""
    out = [degrade.degrade(r, p, noises, speech) for r, p in zip(rngs, pieces)]
    choice = [int(r.integers(len(degrade.CODECS))) if r.random() < CODEC_SHARE else -1 for r in rngs]
    for c, codec in enumerate(degrade.CODECS):
        some = [i for i, k in enumerate(choice) if k == c]
        if some:
            for i, y in zip(some, degrade.through_codec([out[i] for i in some], codec)):
                out[i] = y
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--variant", type=int, required=True)
    ap.add_argument("--threads", type=int, default=2)
    args = ap.parse_args()
    import torch
    from teacher import Teacher
    torch.set_num_threads(args.threads)
    out = os.path.join(args.cache, "student_%d.npz" % args.variant)
    if os.path.exists(out):
        return
    every, _, _ = voices.load(args.data, args.cache)
    every = [v for v in every if v.split == "train" or (v.split == "held_out" and args.variant == 0)]
    begin = time.time()
    taken = [take(v, args.variant, np.random.default_rng([11, args.variant, k])) for k, v in enumerate(every)]
    print("%d voices, %.0f s of speech, made in %.0f s" % (
        len(every), sum(len(p) for t in taken for p in t) / voices.RATE, time.time() - begin), flush=True)

    begin = time.time()
    teacher = Teacher(args.cache)
    joined = [np.concatenate(t).astype(np.float32) / 32768 for t in taken]
    def progress(done, of):
        print("teacher %d of %d, %.0f s" % (done, of, time.time() - begin), flush=True)
    targets = teacher.embed_all(joined, WINDOWS.get(args.variant, 4), progress=progress)
    del joined

    begin = time.time()
    noises, front = corpora.load_noise(args.data), FastFrontEnd()
    clean = [resample_poly(p.astype(np.float64), 1, 2, window=("kaiser", 8.0)) for t in taken for p in t]
    owner = np.array([k for k, t in enumerate(taken) for _ in t])
    speech = [Heard(clean[i]) for i in np.random.default_rng(5).choice(len(clean), 600, replace=False)]
    feats, lengths = [], []
    for copy in range(COPIES.get(args.variant, 1)):
        for a in range(0, len(clean), 200):
            some = clean[a:a + 200]
            rngs = [np.random.default_rng([13, args.variant, copy, a + i]) for i in range(len(some))]
            for y in degraded(some, rngs, noises, speech):
                f = front.log_mel(np.clip(np.rint(y), -32768, 32767))
                feats.append(f)
                lengths.append(len(f))
        print("copy %d, %.0f s" % (copy, time.time() - begin), flush=True)
    np.savez(out, feats=np.concatenate(feats), lengths=np.array(lengths), owner=owner, targets=targets,
             names=np.array([v.name for v in every]), splits=np.array([v.split for v in every]))


if __name__ == "__main__":
    main()
