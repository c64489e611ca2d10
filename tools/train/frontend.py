"""Bit-exact reference of the integer front end (docs/features.md); the C++ library mirrors it.

Shapes: PCM buffer [80*(T-1)+201] int16, feature f [T][32] int8. Every value is an integer; numpy
int64 throughout. Matrix products run in float64, which is exact here: every partial sum is an
integer below 2^53.
"""
from dataclasses import dataclass, field

import numpy as np

P_HALF = 1065353216  # floor(p/2) for p = 2^31 - 2^24 + 1, plus one: |acc| must stay below it


@dataclass(frozen=True)
class FrontEndConfig:
    """Every open constant of docs/features.md. Defaults are the shipped 8 kHz front end."""

    sample_rate_hz: int = 8000
    hop: int = 80
    frame: int = 200
    fft: int = 256
    bins: int = 128  # k = 0..bins-1
    peak_min: int = 64
    gain_log2: int = 20
    norm_shift: int = 7
    norm_limit: int = 8192
    preemphasis: float = 0.97
    dft_scale: int = 950
    dft_shift: int = 17
    spectrum_limit: int = 2047
    mel_filters: int = 32
    mel_low_hz: float = 100.0
    mel_high_hz: float = 3800.0
    mel_sum: int = 127
    log_offset: int = 128
    log_e_min: int = 7
    log_e_max: int = 29
    log_scale: int = 32
    # energies E are in units of 1/340.2 dB (32 filters x Q5 log2 of power; 32*32/3.0103 per dB)
    live_energy: int = 7424
    vad_percentile: int = 8
    vad_below_peak: int = 8512
    vad_above_noise: int = 2048
    vad_min_below_peak: int = 2720
    voiced_min: int = 64
    snr_min: int = 2400
    dynamic_min: int = 4096
    cmn_shift: int = 1
    feature_min: int = -128
    feature_max: int = 127
    mfcc: int = 13
    mfcc_scale: int = 256
    mfcc_shift: int = 8


def hz_to_mel(hz):
    return 2595.0 * np.log10(1.0 + np.asarray(hz, dtype=np.float64) / 700.0)


def mel_to_hz(mel):
    return 700.0 * (10.0 ** (np.asarray(mel, dtype=np.float64) / 2595.0) - 1.0)


def mel_float(c):
    """Triangles [filters][bins], edges equally spaced in mel, evaluated at the bins' frequencies."""
    edges = mel_to_hz(np.linspace(hz_to_mel(c.mel_low_hz), hz_to_mel(c.mel_high_hz), c.mel_filters + 2))
    f = np.arange(c.bins) * c.sample_rate_hz / c.fft
    up = (f[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - f[None]) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(up, down))


def mel_integer(c):
    """Each filter scaled to the largest sum <= mel_sum that plain rounding reaches."""
    out = np.zeros((c.mel_filters, c.bins), dtype=np.int64)
    for m, row in enumerate(mel_float(c)):
        scale = c.mel_sum / row.sum()
        while np.rint(row * scale).sum() > c.mel_sum:
            scale *= 0.999
        out[m] = np.rint(row * scale)
    return out


def dft_float(c):
    """[2*bins][frame+1]: pre-emphasis, Hamming window and DFT as one map over x[80t .. 80t+200]."""
    i = np.arange(c.frame)
    w = 0.54 - 0.46 * np.cos(2 * np.pi * i / (c.frame - 1))
    k = np.arange(c.bins)[:, None]
    a = 2 * np.pi * k * i[None] / c.fft
    rows = np.concatenate([w * np.cos(a), -w * np.sin(a)])
    out = np.zeros((2 * c.bins, c.frame + 1))
    out[:, 1:] += rows  # y[i] = x[i+1] - 0.97 x[i]
    out[:, :-1] -= c.preemphasis * rows
    return out


def dct_float(c):
    m = np.arange(c.mel_filters)
    n = np.arange(c.mfcc)[:, None]
    d = np.cos(np.pi * n * (m + 0.5) / c.mel_filters) * np.sqrt(2.0 / c.mel_filters)
    d[0] *= np.sqrt(0.5)
    return d


@dataclass
class FrontEnd:
    config: FrontEndConfig = field(default_factory=FrontEndConfig)

    def __post_init__(self):
        c = self.config
        self.dft = np.rint(c.dft_scale * dft_float(c)).astype(np.int64)
        self.mel = mel_integer(c)
        self.log_table = np.rint(c.log_scale * np.log2(np.arange(128, 256) / 128.0)).astype(np.int64)
        self.dct = np.rint(c.mfcc_scale * dct_float(c)).astype(np.int64)
        self._dft_t = self.dft.T.astype(np.float64)
        self._mel_t = self.mel.T.astype(np.float64)

    # --- sizes -------------------------------------------------------------------------------
    def samples(self, frames):
        return self.config.hop * (frames - 1) + self.config.frame + 1

    def frames_for(self, samples):
        """Frames of the longest buffer that holds no more than `samples` samples."""
        return (samples - self.config.frame - 1) // self.config.hop + 1

    def pad(self, pcm, frames):
        """Zero-pads (or cuts) PCM at the end to the buffer of `frames` frames."""
        out = np.zeros(self.samples(frames), dtype=np.int64)
        n = min(len(pcm), len(out))
        out[:n] = pcm[:n]
        return out

    # --- stages, in order --------------------------------------------------------------------
    def normalise(self, pcm):
        c = self.config
        x = np.asarray(pcm, dtype=np.int64)
        peak = int(np.abs(x).max())
        if peak < c.peak_min:
            raise ValueError("silent: peak %d" % peak)
        gain = (1 << c.gain_log2) // peak
        return peak, gain, (x * gain + (1 << (c.norm_shift - 1))) >> c.norm_shift

    def spectrum_acc(self, x1):
        c = self.config
        t = self.frames_for(len(x1))
        idx = np.arange(t)[:, None] * c.hop + np.arange(c.frame + 1)
        acc = x1[idx].astype(np.float64) @ self._dft_t
        return np.rint(acc).astype(np.int64)

    def spectrum(self, x1):
        """[T][2*bins]: re then im."""
        c = self.config
        hi = (self.spectrum_acc(x1) + (1 << (c.dft_shift - 1))) >> c.dft_shift
        return np.clip(hi, -c.spectrum_limit, c.spectrum_limit)

    def mel_power(self, spec):
        b = self.config.bins
        power = spec[:, :b] ** 2 + spec[:, b:] ** 2
        return np.rint(power.astype(np.float64) @ self._mel_t).astype(np.int64)

    def log_mel(self, v):
        """Q5 log2(v + 128), [T][32]."""
        c = self.config
        u = v + c.log_offset
        e = np.frexp(u.astype(np.float64))[1].astype(np.int64) - 1
        mant = u >> (e - c.log_e_min)
        return c.log_scale * e + self.log_table[mant - 128]

    def noise_level(self, energy):
        """Smallest value N with vad_percentile * #{live t: E_t <= N} >= #live; None without live frames."""
        c = self.config
        live = np.sort(energy[energy >= c.live_energy])
        if len(live) == 0:
            return None
        return int(live[(len(live) + c.vad_percentile - 1) // c.vad_percentile - 1])

    def threshold(self, peak_energy, noise):
        c = self.config
        near_noise = min(noise + c.vad_above_noise, peak_energy - c.vad_min_below_peak)
        return max(peak_energy - c.vad_below_peak, near_noise)

    def voiced(self, energy):
        """(voiced [T] of 0/1, peak energy, noise level, theta)."""
        peak, noise = int(energy.max()), self.noise_level(energy)
        if noise is None:
            raise ValueError("silent: no live frame")
        theta = self.threshold(peak, noise)
        return (energy >= theta).astype(np.int64), peak, noise, theta

    def snr_sums(self, energy, voiced):
        """(n, sum E over voiced, r, sum E over removed live frames)."""
        removed = (voiced == 0) & (energy >= self.config.live_energy)
        return (int(voiced.sum()), int(energy[voiced == 1].sum()), int(removed.sum()), int(energy[removed].sum()))

    def snr_ok(self, energy, voiced, peak, noise):
        """The public floor: floor mean of voiced minus floor mean of removed live frames; no removed
        live frame means that there is no noise to measure, and only the dynamic rule speaks."""
        n, sv, r, sr = self.snr_sums(energy, voiced)
        if peak - noise < self.config.dynamic_min:
            return False
        return r == 0 or sv // n - sr // r >= self.config.snr_min

    def cmn(self, log_mel, voiced):
        """(mu [32], f [T][32] int8 range)."""
        c = self.config
        n = int(voiced.sum())
        mu = (log_mel * voiced[:, None]).sum(0) // n
        return mu, np.clip((log_mel - mu) >> c.cmn_shift, c.feature_min, c.feature_max)

    def mfcc(self, log_mel):
        """[T][13], Q5 (units of log2): DCT-II of the log-mel row; an op of its own, no network reads it."""
        c = self.config
        acc = np.rint(log_mel.astype(np.float64) @ self.dct.T.astype(np.float64)).astype(np.int64)
        return (acc + (1 << (c.mfcc_shift - 1))) >> c.mfcc_shift

    # --- the whole pipeline ------------------------------------------------------------------
    def run(self, pcm):
        """All intermediate values of a buffer whose length is samples(T) for some T."""
        peak, gain, x1 = self.normalise(pcm)
        spec = self.spectrum(x1)
        v = self.mel_power(spec)
        log_mel = self.log_mel(v)
        energy = log_mel.sum(1)
        voiced, pe, noise, theta = self.voiced(energy)
        mu, f = self.cmn(log_mel, voiced)
        return dict(peak=peak, gain=gain, x1=x1, spectrum=spec, mel=v, log_mel=log_mel, energy=energy,
                    peak_energy=pe, noise=noise, theta=theta, voiced=voiced, mu=mu, features=f,
                    snr_ok=self.snr_ok(energy, voiced, pe, noise))
