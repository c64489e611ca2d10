"""What lies between a voice and the network, for the student: telephone bands, noise, rooms, responses, clipping, levels,
mu-law (augment.py) and real telephone codecs (ffmpeg). 8 kHz, float arithmetic: training and tests only."""
import subprocess
import tempfile

import numpy as np
import scipy.fft

from augment import active_rms, channel, mulaw, noise_signal, random_response
from corpora import RATE

# (ffmpeg's encoder, options, container)
CODECS = [("libgsm", [], "gsm"), ("libspeex", ["-b:a", "6k"], "ogg"), ("libspeex", ["-b:a", "11k"], "ogg"),
          ("libopus", ["-b:a", "8k", "-application", "voip"], "ogg"), ("g726", ["-b:a", "24k"], "wav")]
GAP = 800  # samples of silence between pieces that share a run of a codec


def band(x, low, high, slope):
    """Passes low..high Hz; `slope` dB an octave outside."""
    size = scipy.fft.next_fast_len(len(x) + 400, real=True)
    f = np.maximum(np.arange(size // 2 + 1) * RATE / size, 10.0)
    db = -slope * (np.maximum(0, np.log2(low / f)) + 4 * np.maximum(0, np.log2(f / high)))
    return scipy.fft.irfft(scipy.fft.rfft(x, size) * 10 ** (np.maximum(db, -70) / 20), size)[:len(x)]


def add_noise(rng, x, noises, speech, snr_db):
    noise = noise_signal(rng, len(x), noises, speech)
    return x + noise * (active_rms(x) / active_rms(noise) * 10 ** (-snr_db / 20))


def telephone(rng, x, noises, speech):
    """A call: noise of the place, a microphone's response, the band, clipping, level, mu-law."""
    if rng.random() < 0.75:
        x = add_noise(rng, x, noises, speech, rng.uniform(5, 30))
    if rng.random() < 0.5:
        size = scipy.fft.next_fast_len(len(x) + 400, real=True)
        response = random_response(rng, np.arange(size // 2 + 1) * RATE / size)
        x = scipy.fft.irfft(scipy.fft.rfft(x, size) * response, size)[:len(x)]
    x = band(x, rng.uniform(200, 400), rng.uniform(3100, 3600), rng.uniform(12, 36))
    x = x / (np.abs(x).max() + 1e-9)
    if rng.random() < 0.1:
        x = np.clip(x * rng.uniform(1.2, 3), -1, 1)
    x = x * rng.uniform(0.05, 1.0)
    if rng.random() < 0.6:
        x = mulaw(x, 8)
    return np.clip(np.rint(x * 32767), -32768, 32767)


def degrade(rng, x, noises, speech):
    """One of: as it is, a call, augment.py's channel."""
    kind = rng.random()
    if kind < 0.12:
        return x
    return telephone(rng, x, noises, speech) if kind < 0.55 else channel(rng, x, noises, speech)


def test_call(rng, x, noises):
    """The fixed condition of the tables: recorded noise at 15 dB, 300 to 3400 Hz, mu-law."""
    noise = np.resize(np.roll(noises[rng.integers(len(noises))], -rng.integers(1 << 20)), len(x)).astype(np.float64)
    x = x + noise * (active_rms(x) / active_rms(noise) * 10 ** (-15 / 20))
    x = band(x, 300, 3400, 24)
    return np.clip(np.rint(mulaw(0.5 * x / (np.abs(x).max() + 1e-9), 8) * 32767), -32768, 32767)


def through_codec(pieces, codec):
    """The pieces after one run of an encoder and its decoder."""
    encoder, options, container = codec
    x = np.concatenate([np.concatenate([np.clip(p, -32768, 32767), np.zeros(GAP)]) for p in pieces]).astype("<i2")
    raw = ["-f", "s16le", "-ar", str(RATE), "-ac", "1"]
    with tempfile.NamedTemporaryFile(suffix="." + container) as file:
        ffmpeg = ["ffmpeg", "-v", "error", "-y"]
        subprocess.run([*ffmpeg, *raw, "-i", "-", "-c:a", encoder, *options, file.name], input=x.tobytes(), check=True)
        y = subprocess.run([*ffmpeg, "-i", file.name, *raw, "-"], stdout=subprocess.PIPE, check=True).stdout
    y = np.frombuffer(y, "<i2").astype(np.float64)
    y = np.pad(y, (0, max(0, len(x) - len(y))))
    starts = np.cumsum([0] + [len(p) + GAP for p in pieces])
    return [y[a:a + len(p)] for a, p in zip(starts, pieces)]
