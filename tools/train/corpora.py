"""Reads the corpora once, resamples to 8 kHz and keeps them as one int16 array in the cache folder."""
import csv
import os
from dataclasses import dataclass

import numpy as np

RATE = 8000


@dataclass
class Utterance:
    path: str
    corpus: str
    speaker: str
    name: str
    split: str
    words: str
    pcm: np.ndarray  # int16, 8 kHz


def read_index(root):
    with open(os.path.join(root, "index.tsv")) as f:
        return list(csv.DictReader(f, delimiter="\t"))


def _decode(root, rows):
    import soundfile as sf
    from scipy.signal import resample_poly
    files = {}
    for i, r in enumerate(rows):
        files.setdefault(r["path"], []).append(i)
    parts = [None] * len(rows)
    for path, members in files.items():
        x, rate = sf.read(os.path.join(root, path), dtype="float32")
        for i in members:
            start = int(round(float(rows[i]["start_s"]) * rate))
            y = x[start:start + int(round(float(rows[i]["duration_s"]) * rate))]
            if rate != RATE:
                y = resample_poly(y, 1, rate // RATE, window=("kaiser", 8.0))
            parts[i] = np.clip(np.rint(y * 32768), -32768, 32767).astype(np.int16)
    return parts


def load(root, cache):
    """All utterances of the index, in its order."""
    rows = read_index(root)
    file = os.path.join(cache, "pcm8k.npz")
    if not os.path.exists(file):
        parts = _decode(root, rows)
        os.makedirs(cache, exist_ok=True)
        np.savez(file, pcm=np.concatenate(parts), ends=np.cumsum([len(p) for p in parts]))
    z = np.load(file)
    pcm, ends = z["pcm"], z["ends"]
    starts = np.concatenate([[0], ends[:-1]])
    return [Utterance(r["path"], r["corpus"], r["corpus"] + "/" + r["speaker"], r["utterance"], r["split"],
                      r["words"], pcm[a:b]) for r, a, b in zip(rows, starts, ends)]


def load_noise(root):
    import soundfile as sf
    from scipy.signal import resample_poly
    out = []
    for n in ("boiler", "kitchen", "washing_machine"):
        x, rate = sf.read(os.path.join(root, "noise", n + ".flac"), dtype="float32")
        out.append(resample_poly(x, 1, rate // RATE).astype(np.float32))
    return out


def digit_alignments(root):
    """{AN4 utterance: [(word, start_s, end_s)]}."""
    out = {}
    with open(os.path.join(root, "an4_digits.tsv")) as f:
        for r in csv.DictReader(f, delimiter="\t"):
            a = float(r["start_s"])
            out.setdefault(r["utterance"], []).append((r["word"], a, a + float(r["duration_s"])))
    return out
