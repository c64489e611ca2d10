#!/usr/bin/env python3
"""RawNet3 (Jung et al., Interspeech 2022) from raw samples: pre-emphasis, instance norm, a bank of 256 real and imaginary
filters, log(|x| + 1e-6) less its mean, three Bottle2neck blocks with an attention over each channel, and channel-wise
attentive statistics with context; --size full has 1024 channels, c256 has 256.  --checkpoint takes the state dictionary
of the official RawNet3 ("model" of its model.pt).  Input: [1][1][samples].

The official filter bank is asteroid's ParamSincFB, whose filters are computed from cut-off frequencies; here they are
constants of the same form (a cosine and a sine under a Hamming window), as they are in any trained network."""
import math

import torch
from torch import nn

from common import RATE, run


class PreEmphasis(nn.Module):
    def __init__(self, coefficient=0.97):
        super().__init__()
        self.register_buffer("flipped_filter", torch.tensor([[[-coefficient, 1.0]]]))

    def forward(self, x):
        return nn.functional.conv1d(nn.functional.pad(x, (1, 0), "reflect"), self.flipped_filter)


def sinc_filters(count, kernel, low=30.0, band=50.0):
    """[2 * count][1][kernel]: band-pass filters evenly spaced on the mel scale, even and odd."""
    def mel(f):
        return 2595 * math.log10(1 + f / 700)
    edges = 700 * (10 ** (torch.linspace(mel(low), mel(RATE / 2 - 2 * low - band), count + 1) / 2595) - 1)
    lows, highs = low + edges[:-1], low + band + edges[1:]
    highs = highs.clamp(max=RATE / 2)
    t = (torch.arange(kernel) - kernel // 2) / RATE
    window = 0.54 - 0.46 * torch.cos(2 * math.pi * torch.arange(kernel) / (kernel - 1))
    even = 2 * highs[:, None] * torch.sinc(2 * highs[:, None] * t) - 2 * lows[:, None] * torch.sinc(2 * lows[:, None] * t)
    safe = torch.where(t == 0, torch.ones_like(t), t)
    odd = torch.where(t == 0, torch.zeros(()), (torch.cos(2 * math.pi * lows[:, None] * t) - torch.cos(2 * math.pi * highs[:, None] * t)) / (math.pi * safe))
    bank = torch.cat([even * window, odd * window])
    return (bank / (2 * (highs - lows)).repeat(2)[:, None])[:, None]


class Afms(nn.Module):
    """Attention over each channel: (x + alpha) * sigmoid(fc(mean over time))."""

    def __init__(self, channels):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(channels, 1))
        self.fc = nn.Linear(channels, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.fc(x.mean(2)))[:, :, None]
        return (x + self.alpha) * gate


class Bottle2neck(nn.Module):
    def __init__(self, inputs, outputs, kernel=3, dilation=1, scale=4, pool=0):
        super().__init__()
        self.width, self.scale = outputs // scale, scale
        self.conv1 = nn.Conv1d(inputs, self.width * scale, 1)
        self.bn1 = nn.BatchNorm1d(self.width * scale)
        self.convs = nn.ModuleList(nn.Conv1d(self.width, self.width, kernel, dilation=dilation, padding=kernel // 2 * dilation)
                                   for _ in range(scale - 1))
        self.bns = nn.ModuleList(nn.BatchNorm1d(self.width) for _ in range(scale - 1))
        self.conv3 = nn.Conv1d(self.width * scale, outputs, 1)
        self.bn3 = nn.BatchNorm1d(outputs)
        self.pool = nn.MaxPool1d(pool) if pool else None
        self.afms = Afms(outputs)
        self.residual = nn.Sequential(nn.Conv1d(inputs, outputs, 1, bias=False)) if inputs != outputs else nn.Identity()

    def forward(self, x):
        y = self.bn1(torch.relu(self.conv1(x)))
        parts, joined = torch.split(y, self.width, 1), []
        for k in range(self.scale - 1):
            part = parts[k] if k == 0 else joined[-1] + parts[k]
            joined.append(self.bns[k](torch.relu(self.convs[k](part))))
        y = self.bn3(torch.relu(self.conv3(torch.cat([*joined, parts[-1]], dim=1)))) + self.residual(x)
        return self.afms(self.pool(y) if self.pool else y)


class RawNet3(nn.Module):
    least_variance = 0.1  # common.measure_batch_norms

    def __init__(self, channels, filters, embedding, attention):
        super().__init__()
        self.preprocess = nn.Sequential(PreEmphasis(), nn.InstanceNorm1d(1, eps=1e-4, affine=True))
        self.conv1 = nn.Conv1d(1, filters, 251, stride=10, bias=False)
        self.bn1 = nn.BatchNorm1d(filters)
        self.layer1 = Bottle2neck(filters, channels, 3, 2, pool=5)
        self.layer2 = Bottle2neck(channels, channels, 3, 3, pool=3)
        self.layer3 = Bottle2neck(channels, channels, 3, 4)
        self.layer4 = nn.Conv1d(3 * channels, attention, 1)
        self.attention = nn.Sequential(nn.Conv1d(3 * attention, 128, 1), nn.ReLU(), nn.BatchNorm1d(128),
                                       nn.Conv1d(128, attention, 1), nn.Softmax(dim=2))
        self.bn5 = nn.BatchNorm1d(2 * attention)
        self.fc6 = nn.Linear(2 * attention, embedding)
        self.bn6 = nn.BatchNorm1d(embedding)
        self.mp3 = nn.MaxPool1d(3)
        with torch.no_grad():
            self.conv1.weight.copy_(sinc_filters(filters // 2, 251))
        self.conv1.requires_grad_(False)

    def forward(self, samples):
        x = torch.log(torch.abs(self.conv1(self.preprocess(samples))) + 1e-6)
        x = self.bn1(x - x.mean(2, keepdim=True))
        x1 = self.layer1(x)
        x2 = self.layer2(x1)
        x3 = self.layer3(self.mp3(x1) + x2)
        x = torch.relu(self.layer4(torch.cat([self.mp3(x1), x2, x3], dim=1)))
        mean, deviation = x.mean(2, keepdim=True), torch.sqrt(x.var(2, keepdim=True).clamp(1e-4, 1e4))
        weights = self.attention(torch.cat([x, mean.expand(x.shape), deviation.expand(x.shape)], dim=1))
        mean = (x * weights).sum(2)
        deviation = torch.sqrt(((x - mean[:, :, None]).pow(2) * weights).sum(2).clamp(1e-4, 1e4))
        return self.bn6(self.fc6(self.bn5(torch.cat([mean, deviation], dim=1))))


def build(size, _):
    if size == "small":
        return RawNet3(32, 32, 32, 48)
    if size == "c256":
        return RawNet3(256, 256, 256, 1536)
    return RawNet3(1024, 256, 256, 1536)


if __name__ == "__main__":
    run(build, __doc__, ["full", "c256", "small"], raw=True)
