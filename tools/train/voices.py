"""Voices for the student: every train speaker of the index, every unlabelled utterance as a speaker of its own, and
copies of them with other pitch, formants and tempo, which are other speakers. 16 kHz int16, float arithmetic: training
only."""
import csv
import os
from dataclasses import dataclass

import numpy as np
from scipy.signal import resample_poly

from corpora import read_index

RATE = 16000
RATIOS = [(4, 5), (5, 6), (6, 7), (7, 8), (8, 9), (9, 10), (10, 9), (9, 8), (8, 7), (7, 6), (6, 5), (5, 4)]
PIECE = (4.0, 8.0)  # seconds: utterances are joined to at least, cut to at most
# Train speakers on whom checkpoints are compared; no student hears them. (The recogniser and the first embedding did.)
HELD_OUT = {"hyke": 8, "an4": 10, "librispeech": 30}


@dataclass
class Voice:
    name: str  # corpus/speaker
    corpus: str
    split: str  # train, held_out or dev
    pieces: list  # int16 at 16 kHz


def held_out(rows):
    out = set()
    for corpus, count in HELD_OUT.items():
        names = sorted({r["speaker"] for r in rows if r["corpus"] == corpus and r["split"] == "train"})
        pick = np.random.default_rng(7).choice(len(names), count, replace=False)
        out |= {corpus + "/" + names[k] for k in pick}
    return out


def decode(root, rows):
    """int16 samples at 16 kHz of each row of an index."""
    import soundfile as sf
    files, parts = {}, [None] * len(rows)
    for i, r in enumerate(rows):
        files.setdefault(r["path"], []).append(i)
    for path, members in files.items():
        x, rate = sf.read(os.path.join(root, path), dtype="float32")
        if rate != RATE:
            x = resample_poly(x, 2, 1) if rate == 8000 else resample_poly(x, 1, rate // RATE, window=("kaiser", 8.0))
        x = np.clip(np.rint(x * 32768), -32768, 32767).astype(np.int16)
        for i in members:
            a = int(round(float(rows[i]["start_s"]) * RATE))
            parts[i] = x[a:a + int(round(float(rows[i]["duration_s"]) * RATE))]
    return parts


def joined(parts):
    """Pieces of 4 to 8 s of a speaker's utterances in their order; a shorter rest stays one."""
    low, high = (int(s * RATE) for s in PIECE)
    out, have = [], []
    for p in parts:
        for a in range(0, len(p), high):
            have.append(p[a:a + high])
            if sum(map(len, have)) >= low:
                out.append(np.concatenate(have)[:high])
                have = []
    if have and (not out or sum(map(len, have)) > RATE):
        out.append(np.concatenate(have))
    return out


def load(root, cache):
    """(voices, rows and samples of the index)."""
    rows = read_index(root)
    with open(os.path.join(root, "unlabelled", "index.tsv")) as f:
        more = [r for r in csv.DictReader(f, delimiter="\t") if r["corpus"] != "arabic_more"]
    file = os.path.join(cache, "pcm16k.npy")
    if not os.path.exists(file):
        parts = decode(root, rows + more)
        np.save(os.path.join(cache, "ends16k.npy"), np.cumsum([len(p) for p in parts]))
        np.save(file, np.concatenate(parts))
    pcm, ends = np.load(file, mmap_mode="r"), np.load(os.path.join(cache, "ends16k.npy"))
    parts = [pcm[a:b] for a, b in zip(np.concatenate([[0], ends[:-1]]), ends)]
    test, by_name = held_out(rows), {}
    for r, p in zip(rows, parts):
        name = r["corpus"] + "/" + r["speaker"]
        split = "held_out" if name in test else r["split"]
        by_name.setdefault(name, Voice(name, r["corpus"], split, [])).pieces.append(p)
    voices = list(by_name.values())
    for v in voices:
        v.pieces = joined(v.pieces)
    for k, (r, p) in enumerate(zip(more, parts[len(rows):])):
        if np.abs(p.astype(np.int32)).max(initial=0) > 300 and len(p) > 0.8 * RATE:
            voices.append(Voice("%s/%d" % (r["corpus"], k), r["corpus"], "train", joined([p])))
    return voices, rows, parts[:len(rows)]


def stretch(x, rate, frame=480, search=160):
    """Tempo times `rate`, pitch kept: overlapping frames, each laid where it continues the last one best (WSOLA; Verhelst
    and Roelands, ICASSP 1993)."""
    x = np.asarray(x, dtype=np.float64)
    hop = frame // 2
    window = np.hanning(frame + 1)[:frame]
    count = int(len(x) / (hop * rate))
    padded = np.concatenate([np.zeros(search), x, np.zeros(2 * frame + search + int(hop * rate))])
    out, at = np.zeros(hop * (count + 1)), search
    for k in range(count):
        out[k * hop:k * hop + frame] += (window * padded[at:at + frame])[:len(out) - k * hop]
        follow = padded[at + hop:at + 2 * hop]
        target = int((k + 1) * hop * rate)
        near = np.correlate(padded[target:target + 2 * search + hop], follow, "valid")
        at = target + int(near.argmax())
    return out


def changed(pieces, rng, most):
    """At most `most` seconds of a voice at another speed; in half of the voices its tempo is put back, or moved on its own."""
    up, down = RATIOS[rng.integers(len(RATIOS))]
    tempo = up / down if rng.random() < 0.5 else 1.0  # resampling by up/down makes it slower by up/down
    tempo *= rng.uniform(0.9, 1.1) if tempo != 1.0 else 1.0
    out, have = [], 0.0
    for k in rng.permutation(len(pieces)):
        if have >= most:
            break
        x = resample_poly(pieces[k][:int((most - have) * RATE) + RATE].astype(np.float64), up, down)
        out.append(stretch(x, tempo) if tempo != 1.0 else x)
        have += len(pieces[k]) / RATE
    return [np.clip(np.rint(p), -32768, 32767).astype(np.int16) for p in out]
