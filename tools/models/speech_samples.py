"""Samples of speech for calibration: 16 kHz mono WAV files, or synthetic voices where none are at hand.  Needs numpy."""
import pathlib
import wave

import numpy as np

RATE = 16000


def synthetic_voice(length, rng):
    """Harmonics of a gliding pitch under three formants, in syllables, over faint noise; in [-1, 1], float32 [length]."""
    t = np.arange(length) / RATE
    pitch = rng.uniform(90, 220) * (1 + 0.1 * np.sin(2 * np.pi * rng.uniform(0.3, 1) * t + rng.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = np.zeros(length)
    formants = [(rng.uniform(*band), width) for band, width in (((300, 800), 120), ((900, 2200), 200), ((2400, 3000), 300))]
    for k in range(1, 40):
        at = k * pitch.mean()
        gain = sum(np.exp(-0.5 * ((at - f) / w) ** 2) for f, w in formants) + 0.02
        voice += gain / k ** 0.5 * np.sin(k * phase) * (at < RATE / 2)
    syllables = np.clip(np.sin(2 * np.pi * rng.uniform(2, 4) * t + rng.uniform(0, 6)), 0, 1) ** 0.7
    voice = voice * syllables + 0.02 * rng.standard_normal(length)
    return (rng.uniform(0.1, 0.5) * voice / np.abs(voice).max()).astype(np.float32)


def recordings(folder, count, length, rng):
    """`count` pieces of `length` samples."""
    if folder is None:
        return [synthetic_voice(length, rng) for _ in range(count)]
    files = sorted(pathlib.Path(folder).glob("**/*.wav"))
    pieces = []
    for k in rng.permutation(len(files)):
        with wave.open(str(files[k])) as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
                raise SystemExit(f"{files[k]}: not 16 kHz, mono, 16 bits")
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
        if len(samples) < length:
            continue
        begin = rng.integers(len(samples) - length + 1)
        pieces.append(samples[begin:begin + length])
        if len(pieces) == count:
            return pieces
    raise SystemExit(f"{folder}: fewer than {count} recordings of {length / RATE} s")


def mel_bands(bands, bins):
    """[bands][bins] Slaney triangles of equal area from 0 to 8 kHz."""
    def to_mel(f):
        return np.where(f < 1000, f * 3 / 200, 15 + np.log(np.maximum(f, 1000) / 1000) / (np.log(6.4) / 27))

    def to_hz(m):
        return np.where(m < 15, m * 200 / 3, 1000 * np.exp((m - 15) * np.log(6.4) / 27))
    edges = to_hz(np.linspace(0, to_mel(np.array(RATE / 2.0)), bands + 2))
    at = np.linspace(0, RATE / 2, bins)
    rising = (at - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - at) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


def whisper_mel(samples, frames, bands):
    """Whisper's spectrogram: window of 400, hop 160, logarithm to 8 decades below the largest.  float32 [1, bands, frames]."""
    padded = np.pad(samples, 200, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    pieces = np.stack([padded[160 * t:160 * t + 400] * window for t in range(frames)])
    power = np.abs(np.fft.rfft(pieces, axis=1)) ** 2
    log = np.log10(np.maximum(mel_bands(bands, 201) @ power.T, 1e-10))
    return ((np.maximum(log, log.max() - 8) + 4) / 4)[None].astype(np.float32)
