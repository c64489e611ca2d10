"""GE2E (Wan et al., ICASSP 2018) in PyTorch, the teacher of the speaker networks: the weights of the PyPI package
resemblyzer 0.1.4 (Apache-2.0), read from its wheel as tools/models/ge2e.py reads them. Float, training only.

Samples at 16 kHz in [-1, 1] to embeddings of length 1: level raised to -30 dBFS, long pauses cut, power mel spectrogram of
40 bands every 10 ms, windows of 160 frames, last state of three LSTM layers, dense, ReLU."""
import os
import subprocess
import sys
import zipfile

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models"))
from ge2e import BANDS, FRAMES, HIDDEN, HOP, LAYERS, STEP, WINDOW, mel_bands, read_legacy  # noqa: E402

RATE = 16000
PACKAGE = "resemblyzer==0.1.4"


def wheel(cache):
    """Path of the package's wheel, fetched by pip once."""
    found = [n for n in os.listdir(cache) if n.lower().startswith("resemblyzer-0.1.4") and n.endswith(".whl")]
    if not found:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", cache, PACKAGE], check=True)
        return wheel(cache)
    return os.path.join(cache, found[0])


def trim(x):
    """Level at least -30 dBFS; without what lies more than 0.1 s from speech (30 ms blocks within 35 dB of the loudest)."""
    x = np.asarray(x, dtype=np.float32)
    rms = float(np.sqrt((x**2).mean()) + 1e-9)
    x = x * max(1.0, 10 ** (-30 / 20) / rms)
    block = 480
    n = len(x) // block
    if n < 2:
        return x
    energy = 10 * np.log10((x[:n * block].reshape(n, block)**2).mean(1) + 1e-10)
    live = energy > max(energy.max() - 35, min(np.percentile(energy, 10) + 6, energy.max() - 12))
    live = np.convolve(live, np.ones(7), "same") > 0
    return x[:n * block].reshape(n, block)[live].reshape(-1)


class Teacher:
    def __init__(self, cache):
        with zipfile.ZipFile(wheel(cache)) as z, z.open("resemblyzer/pretrained.pt") as file:
            state = read_legacy(file)["model_state"]
        self.lstm = nn.LSTM(BANDS, HIDDEN, LAYERS, batch_first=True)
        self.lstm.load_state_dict({k[5:]: torch.tensor(v.numpy()) for k, v in state.items() if k.startswith("lstm.")})
        self.lstm.eval()
        self.weight, self.bias = (torch.tensor(state["linear." + n].numpy()) for n in ("weight", "bias"))
        self.mel = torch.tensor(mel_bands(), dtype=torch.float32)
        self.window = torch.hann_window(WINDOW)

    def windows(self, x, most, step=STEP):
        """At most `most` windows [n][160][40] spread over the trimmed samples; short ones are filled up with silence."""
        x = torch.tensor(trim(x))
        x = F.pad(x, (0, max(0, FRAMES * HOP - len(x))))
        power = torch.stft(x, WINDOW, HOP, window=self.window, center=True, return_complex=True).abs()**2
        mel = (self.mel @ power).T[:len(x) // HOP]
        starts = list(range(0, max(1, len(mel) - FRAMES + step // 4), step))
        if len(starts) > most:
            starts = [starts[k] for k in np.linspace(0, len(starts) - 1, most).round().astype(int)]
        mel = F.pad(mel, (0, 0, 0, max(0, starts[-1] + FRAMES - len(mel))))
        return torch.stack([mel[a:a + FRAMES] for a in starts])

    def embed(self, windows):
        """[n][160][40] -> [n][256], length 1."""
        with torch.no_grad():
            _, (h, _) = self.lstm(windows)
            return F.normalize(F.relu(F.linear(h[-1], self.weight, self.bias)))

    def embed_all(self, samples, most, step=STEP, batch=384, progress=None):
        """One embedding of length 1, the mean of its windows', for each array of samples."""
        out, queue, owner = [None] * len(samples), [], []
        sums = np.zeros((len(samples), HIDDEN))

        def flush():
            e = self.embed(torch.cat(queue)).numpy()
            np.add.at(sums, np.concatenate(owner), e)
            queue.clear()
            owner.clear()
        for i, x in enumerate(samples):
            w = self.windows(x, most, step)
            queue.append(w)
            owner.append(np.full(len(w), i))
            if sum(len(q) for q in queue) >= batch:
                flush()
                if progress:
                    progress(i + 1, len(samples))
        if queue:
            flush()
        return sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-9)
