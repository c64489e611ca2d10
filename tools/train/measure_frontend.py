"""Error of every front-end stage against float64 of the same formulas, on seeded synthetic speech-like
signals and, with --data, on one utterance of each corpus. Prints the table of docs/features.md."""
import argparse
import csv
import os

import numpy as np

from frontend import FrontEnd, dct_float, dft_float, mel_float


def synthetic(rng, n):
    """Harmonic bursts with a wandering pitch over weak noise: the level structure of speech."""
    t = np.arange(n) / 8000.0
    f0 = 120 + 30 * np.sin(2 * np.pi * 0.7 * t)
    phase = 2 * np.pi * np.cumsum(f0) / 8000.0
    x = sum(np.sin(k * phase + k) * 0.9**k for k in range(1, 25))
    gate = (np.sin(2 * np.pi * 1.3 * t) > -0.2).astype(float)
    x = x * gate * 2500 + rng.normal(0, 12, n)
    return np.clip(np.rint(x), -32768, 32767).astype(np.int64)


def corpus_signals(root):
    import soundfile as sf
    from scipy.signal import resample_poly
    seen = set()
    for r in csv.DictReader(open(os.path.join(root, "index.tsv")), delimiter="\t"):
        if r["corpus"] in seen or float(r["duration_s"]) < (0.4 if r["corpus"] == "fsdd" else 0.9):
            continue
        seen.add(r["corpus"])
        x, sr = sf.read(os.path.join(root, r["path"]), dtype="float32")
        a = int(round(float(r["start_s"]) * sr))
        x = x[a:a + int(round(min(6.0, float(r["duration_s"])) * sr))]
        x = resample_poly(x, 1, sr // 8000) if sr != 8000 else x
        yield np.clip(np.rint(x * 32768), -32768, 32767).astype(np.int64)


def oracle(fe, pcm, voiced):
    """The same formulas in float64, no rounding, no clamping; the voiced mask is given."""
    c = fe.config
    x1 = pcm * (float(1 << c.gain_log2) / np.abs(pcm).max()) / (1 << c.norm_shift)
    idx = np.arange(fe.frames_for(len(pcm)))[:, None] * c.hop + np.arange(c.frame + 1)
    spec = x1[idx] @ (c.dft_scale * dft_float(c)).T / float(1 << c.dft_shift)
    power = spec[:, :c.bins] ** 2 + spec[:, c.bins:] ** 2
    mel = mel_float(c)
    mel = mel * (fe.mel.sum(1) / mel.sum(1))[:, None]
    log_mel = c.log_scale * np.log2(power @ mel.T + c.log_offset)
    mu = (log_mel * voiced[:, None]).sum(0) / voiced.sum()
    f = np.clip((log_mel - mu) / (1 << c.cmn_shift), c.feature_min, c.feature_max)
    return dict(x1=x1, spectrum=spec, log_mel=log_mel, energy=log_mel.sum(1), mu=mu, features=f,
                mfcc=log_mel @ dct_float(c).T)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data")
    args = ap.parse_args()
    fe = FrontEnd()
    rng = np.random.default_rng(1)
    signals = [synthetic(rng, fe.samples(512)) for _ in range(4)]
    if args.data:
        signals += list(corpus_signals(args.data))
    errors = {}
    for pcm in signals:
        pcm = fe.pad(pcm, fe.frames_for(len(pcm)))
        got = fe.run(pcm)
        got["mfcc"] = fe.mfcc(got["log_mel"])
        want = oracle(fe, pcm, got["voiced"])
        for k in want:
            errors.setdefault(k, []).append((got[k] - want[k]).ravel())
        live = got["voiced"] == 1
        errors.setdefault("features, voiced", []).append((got["features"] - want["features"])[live].ravel())
    units = {"x1": "1/8192 of full scale", "spectrum": "steps", "log_mel": "1/32 log2", "energy": "1/340.2 dB",
             "mu": "1/32 log2", "features": "1/16 log2 (0.19 dB)", "features, voiced": "1/16 log2 (0.19 dB)",
             "mfcc": "1/32 log2"}
    print("signals: %d" % len(signals))
    print("| stage | unit | mean error | rms error | max abs error |\n|---|---|---|---|---|")
    for k, u in units.items():
        e = np.concatenate(errors[k])
        print("| %s | %s | %.3f | %.3f | %.2f |" % (k, u, e.mean(), np.sqrt((e**2).mean()), np.abs(e).max()))


if __name__ == "__main__":
    main()
