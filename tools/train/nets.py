"""The two networks in PyTorch: float training with batch normalisation, then folding, then
quantisation-aware training whose forward pass follows docs/bundle.md up to the rounding inside `h`."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from architecture import CLASS_COUNT, EMBEDDING_DIM, EMBEDDINGS, RECOGNISER

INPUT_SCALE = 1.0 / 32


def ste_round(x):
    return x + (torch.round(x) - x).detach()


def ste_floor(x):
    return x + (torch.floor(x) - x).detach()


def fake_weight(w):
    """(w rounded to int8 steps, step). One step per tensor, straight-through gradient."""
    step = w.detach().abs().max() / 127
    return ste_round(w / step) * step, step


class Linear1d(nn.Module):
    """conv1d (k = 1 included) + batch norm; after fold() weight and bias alone, quantised."""

    def __init__(self, spec, relu=True, norm=True):
        super().__init__()
        self.spec, self.relu = spec, relu
        self.conv = nn.Conv1d(spec.channels_in, spec.channels_out, spec.kernel, spec.stride, 0, spec.dilation)
        self.norm = nn.BatchNorm1d(spec.channels_out) if norm else None
        self.out_scale = None  # real value of one output step, set by calibration

    def fold(self):
        if self.norm is None:
            return
        n = self.norm
        k = (n.weight / torch.sqrt(n.running_var + n.eps)).detach()
        self.conv.weight.data *= k[:, None, None]
        self.conv.bias.data = (self.conv.bias.data - n.running_mean) * k + n.bias.data
        self.norm = None

    def forward(self, x, quantised=False, record=None):
        x = F.pad(x, self.spec.pads)
        s = self.spec
        w = fake_weight(self.conv.weight)[0] if quantised else self.conv.weight
        y = F.conv1d(x, w, self.conv.bias, s.stride, 0, s.dilation)
        if self.norm is not None:
            y = self.norm(y)
        if record is not None:
            record.append(y.detach())
        if quantised:
            lo = 0 if self.relu else -127
            return torch.clamp(ste_round(y / self.out_scale), lo, 127) * self.out_scale
        return F.relu(y) if self.relu else y

    def export(self, in_scale):
        w = self.conv.weight.detach().double().numpy()
        step = float(np.abs(w).max() / 127)
        return {"weight": np.rint(w / step).astype(np.int64).transpose(0, 2, 1),
                "bias": np.rint(self.conv.bias.detach().double().numpy() / (step * in_scale)).astype(np.int64),
                "scale": step * in_scale / self.out_scale}


def masked_stats(x, mask, eps=1e-5):
    n = mask.sum(1).clamp(min=1)[:, None]
    m = (x * mask[:, None]).sum(2) / n
    v = (x * x * mask[:, None]).sum(2) / n - m * m
    return m, torch.sqrt(v.clamp(min=0) + eps)


class EmbeddingNet(nn.Module):
    """features [B][32][T] (in INPUT_SCALE units), mask [B][T/2] -> [B][64]."""

    def __init__(self, size="small"):
        super().__init__()
        self.size = size
        self.convs = nn.ModuleList([Linear1d(c) for c in EMBEDDINGS[size]])
        self.dense = nn.Linear(2 * EMBEDDINGS[size][-1].channels_out, EMBEDDING_DIM)
        self.norm = nn.BatchNorm1d(EMBEDDING_DIM, affine=False)
        self.quantised, self.out_scale = False, None

    def pooled(self, x, mask, record=None):
        for c in self.convs:
            x = c(x, self.quantised, record)
        if not self.quantised:
            return torch.cat(masked_stats(x, mask), 1)
        s = self.convs[-1].out_scale
        m, d = masked_stats(x / s, mask, eps=1e-3)
        return torch.cat([ste_floor(8 * m), ste_floor(8 * d)], 1) * (s / 8)

    def forward(self, x, mask, record=None):
        p = self.pooled(x, mask, record)
        if not self.quantised:
            y = self.dense(p)
            return self.norm(y) if self.norm is not None else y
        y = F.linear(p, fake_weight(self.dense.weight)[0], self.dense.bias)
        return torch.clamp(ste_round(y / self.out_scale), -127, 127) * self.out_scale

    def fold(self):
        for c in self.convs:
            c.fold()
        if self.norm is not None:
            k = 1 / torch.sqrt(self.norm.running_var + self.norm.eps)
            self.dense.weight.data *= k[:, None]
            self.dense.bias.data = (self.dense.bias.data - self.norm.running_mean) * k
            self.norm = None

    def calibrate(self, x, mask, quantile=0.9995):
        """Sets output steps from one float batch and switches to quantised evaluation."""
        record = []
        with torch.no_grad():
            y = self.forward(x, mask, record)
        for c, r in zip(self.convs, record):
            c.out_scale = step_for(r[r > 0], quantile)
        self.out_scale = step_for(y.abs(), 0.999)
        self.quantised = True

    def export(self):
        out, scale = [], INPUT_SCALE
        for c in self.convs:
            out.append(c.export(scale))
            scale = c.out_scale
        w = self.dense.weight.detach().double().numpy()
        step = float(np.abs(w).max() / 127)
        out.append({"weight": np.rint(w / step).astype(np.int64),
                    "bias": np.rint(self.dense.bias.detach().double().numpy() / (step * scale / 8)).astype(np.int64),
                    "scale": step * scale / 8 / self.out_scale})
        return out


class TopSpec:
    channels_in, channels_out, kernel, stride, dilation = RECOGNISER[-1].channels_out, CLASS_COUNT, 1, 1, 1
    pads = (0, 0)


class RecogniserNet(nn.Module):
    """features [B][32][T] -> logits [B][13][T/2]; one integer step of a logit is 1/8 nat."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([Linear1d(c) for c in RECOGNISER])
        self.top = Linear1d(TopSpec(), relu=False, norm=False)
        self.top.out_scale = 0.125
        self.quantised = False
        self.dropout = nn.Dropout1d(0.1)

    def forward(self, x, record=None):
        for c in self.convs:
            x = c(x, self.quantised, record)
            if self.training and not self.quantised:
                x = self.dropout(x)
        return self.top(x, self.quantised)

    def fold(self):
        for c in self.convs:
            c.fold()

    def calibrate(self, x, quantile=0.9995):
        record = []
        with torch.no_grad():
            self.forward(x, record)
        for c, r in zip(self.convs, record):
            c.out_scale = step_for(r[r > 0], quantile)
        self.quantised = True

    def export(self):
        out, scale = [], INPUT_SCALE
        for c in list(self.convs) + [self.top]:
            out.append(c.export(scale))
            scale = c.out_scale
        return out


def step_for(values, quantile):
    v = values.flatten()
    if len(v) > 1000000:
        v = v[torch.randperm(len(v))[:1000000]]
    return float(torch.quantile(v, quantile)) / 127


def batch_features(log_mel, config):
    """[B][T][32] log-mel -> (features [B][32][T] scaled, voiced [B][T] float): VAD and mean
    normalisation of docs/features.md steps 6 and 8 on a batch of equal lengths."""
    x = torch.as_tensor(log_mel, dtype=torch.float32)
    energy = x.sum(2)
    live = energy >= config.live_energy
    count = live.sum(1).clamp(min=1)
    ordered = torch.sort(torch.where(live, energy, torch.full_like(energy, 1e6)), 1).values
    rank = (count + config.vad_percentile - 1) // config.vad_percentile - 1
    noise = ordered.gather(1, rank[:, None])
    peak = energy.max(1, keepdim=True).values
    theta = torch.maximum(peak - config.vad_below_peak,
                          torch.minimum(noise + config.vad_above_noise, peak - config.vad_min_below_peak))
    voiced = (energy >= theta).float()
    mu = torch.floor((x * voiced[..., None]).sum(1) / voiced.sum(1).clamp(min=1)[:, None])
    f = torch.clamp(torch.floor((x - mu[:, None]) / (1 << config.cmn_shift)), config.feature_min, config.feature_max)
    return f.transpose(1, 2) * INPUT_SCALE, voiced
