"""Channels, rooms, noises and codecs put on clean speech; and the cache of log-mel features of
several augmented copies of every training utterance (float arithmetic: training only)."""
import argparse
import os

import numpy as np
import scipy.fft
from scipy.signal import resample_poly

import corpora
from frontend import FrontEnd

# Copies: (speed numerator, denominator, augmented). Copy 0 is the recording as it is.
COPIES = [(1, 1, False), (1, 1, True), (1, 1, True), (1, 1, True), (10, 9, True), (10, 11, True)]


def active_rms(x):
    """RMS of the louder half of 20 ms blocks."""
    n = len(x) // 160
    if n < 2:
        return float(np.sqrt((x**2).mean()) + 1e-9)
    e = np.sort((x[:n * 160].reshape(n, 160)**2).mean(1))
    return float(np.sqrt(e[n // 2:].mean()) + 1e-9)


def random_response(rng, freqs):
    """A random smooth magnitude response: tilt, bumps, telephone band."""
    octave = np.log2(np.maximum(freqs, 50.0) / 1000.0)
    db = rng.uniform(-3, 3) * octave
    for _ in range(rng.integers(0, 4)):
        db += rng.uniform(-8, 8) * np.exp(-0.5 * ((octave - rng.uniform(-3, 2)) / rng.uniform(0.2, 0.8))**2)
    if rng.random() < 0.6:
        db -= 12 * np.maximum(0, np.log2(rng.uniform(60, 350) / np.maximum(freqs, 10.0))) * rng.uniform(0.5, 2)
    if rng.random() < 0.5:
        db -= 60 * np.maximum(0, np.log2(np.maximum(freqs, 10.0) / rng.uniform(2800, 3900)))
    return 10 ** (np.maximum(db, -60) / 20)


def room(rng, n):
    t60 = rng.uniform(0.1, 0.6)
    length = min(n, int(t60 * corpora.RATE))
    h = rng.normal(0, 1, length) * np.exp(-6.9 * np.arange(length) / (t60 * corpora.RATE))
    h[:int(rng.uniform(8, 80))] = 0
    h *= 10 ** (-rng.uniform(0, 14) / 20) / (np.sqrt((h**2).sum()) + 1e-9)
    h[0] = 1
    return h


def noise_signal(rng, n, noises, speech):
    kind = rng.random()
    if kind < 0.5:
        src = noises[rng.integers(len(noises))]
        a = rng.integers(0, len(src) - 1)
        return np.resize(np.roll(src, -a), n)
    if kind < 0.75:
        spec = scipy.fft.rfft(rng.normal(0, 1, n))
        f = np.maximum(np.arange(len(spec)) * corpora.RATE / n, 20.0)
        return scipy.fft.irfft(spec * (f / 1000.0) ** rng.uniform(-1.2, 0.3), n)
    out = np.zeros(n)
    for _ in range(rng.integers(3, 7)):
        x = speech[rng.integers(len(speech))].pcm.astype(np.float64)
        out += np.resize(np.roll(x, rng.integers(len(x))), n) / active_rms(x)
    return out


def mulaw(x, bits):
    mu, levels = 255.0, float(1 << (bits - 1))
    y = np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)
    y = np.rint(y * levels) / levels
    return np.sign(y) * np.expm1(np.abs(y) * np.log1p(mu)) / mu


def channel(rng, x, noises, speech):
    """x float at int16 scale -> int16: room, noise, response, codec, level."""
    n = len(x)
    size = scipy.fft.next_fast_len(n + 4800, real=True)
    spec = scipy.fft.rfft(x, size)
    if rng.random() < 0.4:
        spec *= scipy.fft.rfft(room(rng, 4800), size)
    if rng.random() < 0.7:
        clean = scipy.fft.irfft(spec, size)[:n]
        noise = noise_signal(rng, n, noises, speech)
        noise *= active_rms(clean) / active_rms(noise) * 10 ** (-rng.uniform(6, 32) / 20)
        spec = scipy.fft.rfft(clean + noise, size)
    if rng.random() < 0.9:
        spec *= random_response(rng, np.arange(len(spec)) * corpora.RATE / size)
    y = scipy.fft.irfft(spec, size)[:n]
    y /= np.abs(y).max() + 1e-9
    if rng.random() < 0.08:
        y = np.clip(y * rng.uniform(1.2, 3), -1, 1)
    y *= rng.uniform(0.05, 1.0)
    kind = rng.random()
    if kind < 0.4:
        y = mulaw(y, 8)
    elif kind < 0.5:
        y = mulaw(y, rng.integers(5, 8))
    return np.clip(np.rint(y * 32767), -32768, 32767)


def groups(utts, indices):
    """Utterances that share a channel: three neighbours of a file, one where they are long."""
    out, key = [], None
    for i in indices:
        u = utts[i]
        long = u.corpus in ("hyke", "librispeech")
        if long or key != u.path or len(out[-1]) == (10 if u.corpus == "fsdd" else 3):
            out.append([])
        key = None if long else u.path
        out[-1].append(i)
    return out


class FastFrontEnd:
    """Float32 log-mel next to the integer one: for training material only."""

    def __init__(self):
        import torch
        self.torch, self.fe = torch, FrontEnd()
        self.dft = torch.tensor(self.fe.dft.T / float(1 << self.fe.config.dft_shift), dtype=torch.float32)
        self.mel = torch.tensor(self.fe.mel.T, dtype=torch.float32)

    def log_mel(self, pcm):
        """int16 values -> int16 [T][32] of docs/features.md step 5; at least one frame."""
        c = self.fe.config
        pcm = np.asarray(pcm, dtype=np.int64)
        if len(pcm) < c.frame + 1:
            pcm = np.pad(pcm, (0, c.frame + 1 - len(pcm)))
        peak = max(c.peak_min, int(np.abs(pcm).max()))
        x1 = (pcm * ((1 << c.gain_log2) // peak) + 64) >> c.norm_shift
        frames = self.torch.tensor(x1, dtype=self.torch.float32).unfold(0, c.frame + 1, c.hop)
        s = self.torch.clamp(self.torch.floor(frames @ self.dft + 0.5), -c.spectrum_limit, c.spectrum_limit)
        v = (s[:, :c.bins]**2 + s[:, c.bins:]**2) @ self.mel
        return self.torch.floor(32 * self.torch.log2(v + c.log_offset) + 0.3).to(self.torch.int16).numpy()


def build_copy(utts, indices, noises, number, front):
    up, down, augmented = COPIES[number]
    speech = [utts[i] for i in indices if utts[i].corpus in ("librispeech", "hyke", "an4")]
    feats, lengths = {}, np.zeros(len(utts), dtype=np.int64)
    for g in groups(utts, indices):
        parts = [utts[i].pcm.astype(np.float64) for i in g]
        if up != down:
            parts = [resample_poly(p, up, down) for p in parts]
        x = np.concatenate(parts)
        if augmented:
            x = channel(np.random.default_rng([number, g[0]]), x, noises, speech)
        ends = np.cumsum([len(p) for p in parts])
        for i, a, b in zip(g, np.concatenate([[0], ends[:-1]]), ends):
            feats[i] = front.log_mel(np.clip(np.rint(x[a:b]), -32768, 32767))
            lengths[i] = len(feats[i])
    return np.concatenate([feats[i] for i in sorted(feats)]), lengths


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--copies", type=int, default=len(COPIES))
    args = ap.parse_args()
    import torch
    torch.set_num_threads(2)
    utts, noises, front = corpora.load(args.data, args.cache), corpora.load_noise(args.data), FastFrontEnd()
    train = [i for i, u in enumerate(utts) if u.split == "train"]
    dev = [i for i, u in enumerate(utts) if u.split == "dev"]
    for n in range(args.copies):
        for split, members in (("train", train), ("dev", dev)):
            file = os.path.join(args.cache, "logmel_%s_%d.npz" % (split, n))
            if os.path.exists(file) or (split == "dev" and n > 1):
                continue
            feats, lengths = build_copy(utts, members, noises, n, front)
            np.savez(file, feats=feats, lengths=lengths)
            print(file, feats.shape, flush=True)


if __name__ == "__main__":
    main()
