#!/usr/bin/env python3
"""ReDimNet (Yakovlev et al., Interspeech 2024): stages of two-dimensional blocks, each over a weighted sum of all that came
before, reshaped from [channels times bands][frames], and each followed by a one-dimensional block of convolutions and
self-attention over time; attentive statistics pooling with the clip's context.  --size b0 (60 bands), b2 (72 bands), and
one to test with.  Input: [1][bands][frames] of log-mel, centred.

Parameters as in the published models b0 and b2; names of layers are our own, so no checkpoint is taken."""
import torch
from torch import nn

from common import run

# bands, channels, kind of 2-D block, group width, stages of (stride in frequency, blocks, expansion, reduction in 1-D)
PLANS = {
    "b0": (60, 10, "residual", 1, ((1, 2, 1, 30), (2, 3, 2, 30), (1, 3, 3, 30), (2, 4, 2, 10), (1, 3, 1, 10))),
    "b2": (72, 16, "convnext", 4, ((1, 2, 1, 12), (2, 2, 1, 12), (1, 3, 1, 12), (2, 4, 1, 8), (1, 4, 1, 8), (2, 4, 1, 4))),
    "small": (24, 4, "convnext", 4, ((1, 1, 1, 6), (2, 1, 2, 6), (2, 1, 1, 3))),
}


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of [1][channels][..]."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, x):
        return self.norm(x.transpose(1, -1)).transpose(1, -1)


class ConvNext(nn.Module):
    """Grouped convolution, normalised, GELU, pointwise convolution; added to what came in."""

    def __init__(self, channels, kernel, group_width):
        super().__init__()
        conv, norm = (nn.Conv1d, nn.BatchNorm1d) if isinstance(kernel, int) else (nn.Conv2d, nn.BatchNorm2d)
        self.mix = conv(channels, channels, kernel, padding="same", groups=channels // group_width)
        self.norm = norm(channels)
        self.point = conv(channels, channels, 1)

    def forward(self, x):
        return x + self.point(nn.functional.gelu(self.norm(self.mix(x))))


class Residual(nn.Module):
    """Two grouped convolutions, each with a pointwise one behind it."""

    def __init__(self, channels, group_width):
        super().__init__()
        groups = channels // group_width
        self.mix1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False, groups=groups)
        self.point1, self.norm1 = nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels)
        self.mix2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False, groups=groups)
        self.point2, self.norm2 = nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.norm1(torch.relu(self.point1(self.mix1(x))))
        return torch.relu(self.norm2(self.point2(self.mix2(y))) + x)


class Attention(nn.Module):
    """Four heads over the frames, and a layer of GELU behind them, each normalised after it is added."""
    HEADS = 4

    def __init__(self, width):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        # For common.randomise: what comes in is a sum of deviation 2 to 3; scores have 1, as attentions that mix frames do.
        self.query.gain = self.key.gain = self.value.gain = 0.4
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.inner, self.outer = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        x = x.transpose(1, 2)
        frames, width = x.shape[1], x.shape[2]

        def heads(y):
            return y.view(-1, frames, self.HEADS, width // self.HEADS).transpose(1, 2)
        scores = heads(self.query(x)) @ heads(self.key(x)).transpose(2, 3) * (width // self.HEADS) ** -0.5
        mixed = (scores.softmax(3) @ heads(self.value(x))).transpose(1, 2).reshape(-1, frames, width)
        x = self.norm1(x + self.out(mixed))
        x = self.norm2(x + self.outer(nn.functional.gelu(self.inner(x), approximate="tanh")))
        return x.transpose(1, 2)


class TimeContext(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        width -= width % Attention.HEADS
        self.reduce, self.norm = nn.Conv1d(channels, width, 1), ChannelNorm(width)
        self.mixers = nn.ModuleList(ConvNext(width, kernel, 1) for kernel in (7, 19, 31, 59))
        self.attention = Attention(width)
        self.expand = nn.Conv1d(width, channels, 1)

    def forward(self, x):
        y = self.norm(self.reduce(x))
        for mixer in self.mixers:
            y = mixer(y)
        return x + self.expand(self.attention(y))


class Stage(nn.Module):
    def __init__(self, channels, bands, kind, group_width, stride, blocks, expansion, reduction):
        super().__init__()
        self.channels, self.bands, self.flat = channels, bands, channels * bands
        wide, after = channels * stride * expansion, channels * stride
        self.pool = nn.Conv2d(channels, wide, (stride, 1), (stride, 1))
        self.blocks = nn.ModuleList(
            Residual(wide, group_width) if kind == "residual" else ConvNext(wide, (3, 3), group_width) for _ in range(blocks))
        self.squeeze = nn.Identity()
        if expansion != 1:
            self.squeeze = nn.Sequential(nn.Conv2d(wide, after, 3, padding=1, groups=after // group_width),
                                         nn.BatchNorm2d(after), nn.GELU(), nn.Conv2d(after, after, 1))
        self.context = TimeContext(channels * bands, channels * bands // reduction)

    def forward(self, x):
        frames = x.shape[2]
        x = self.pool(x.reshape(-1, self.bands, self.channels, frames).transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        x = self.squeeze(x)
        return self.context(x.transpose(1, 2).reshape(-1, self.flat, frames))


class ReDimNet(nn.Module):
    least_variance = 0.1  # common.measure_batch_norms

    def __init__(self, bands, channels, kind, group_width, stages, embedding):
        super().__init__()
        self.stem, self.stem_norm = nn.Conv2d(1, channels, 3, padding=1), ChannelNorm(channels)
        self.stages, self.weights = nn.ModuleList(), nn.ParameterList()
        flat = bands * channels
        for count, (stride, blocks, expansion, reduction) in enumerate(stages):
            self.weights.append(nn.Parameter(torch.randn(1, count + 1, flat, 1)))
            self.stages.append(Stage(channels, bands, kind, group_width, stride, blocks, expansion, reduction))
            channels, bands = channels * stride, bands // stride
        self.weights.append(nn.Parameter(torch.randn(1, len(stages) + 1, flat, 1)))
        self.attend1, self.attend2 = nn.Conv1d(3 * flat, 128, 1), nn.Conv1d(128, flat, 1)
        self.norm, self.linear = nn.BatchNorm1d(2 * flat), nn.Linear(2 * flat, embedding)

    def weighted(self, levels, k):
        weights = self.weights[k].softmax(1)
        return sum(weights[:, i] * level for i, level in enumerate(levels))

    def forward(self, x):
        y = self.stem_norm(self.stem(x[:, None]))
        levels = [y.transpose(1, 2).reshape(-1, y.shape[1] * y.shape[2], x.shape[2])]
        for k, stage in enumerate(self.stages):
            levels.append(stage(self.weighted(levels, k)))
        x = self.weighted(levels, len(self.stages))
        mean, deviation = x.mean(2, keepdim=True), torch.sqrt(x.var(2, keepdim=True) + 1e-7)
        context = torch.cat([x, mean.expand(x.shape), deviation.expand(x.shape)], dim=1)
        weights = torch.softmax(self.attend2(torch.tanh(self.attend1(context))), dim=2)
        mean = (x * weights).sum(2)
        deviation = torch.sqrt(((x - mean[:, :, None]).pow(2) * weights).sum(2).clamp(1e-7))
        return self.linear(self.norm(torch.cat([mean, deviation], dim=1)))


def bands_of(size):
    return PLANS[size][0]


def build(size, _):
    return ReDimNet(*PLANS[size], 32 if size == "small" else 192)


if __name__ == "__main__":
    run(build, __doc__, list(PLANS), bands=bands_of)
