#!/usr/bin/env python3
"""ECAPA-TDNN (Desplanques et al., Interspeech 2020) as SpeechBrain's ECAPA_TDNN, with channel-dependent attentive
statistics pooling over the whole clip; --size c512 and c1024 have 512 and 1024 channels.  SpeechBrain's state
dictionaries (embedding_model.ckpt, 1024 channels) can be given as --checkpoint.  Input: [1][80][frames] of log-mel, or
with --samples the samples."""
import torch
from torch import nn

from common import run

BANDS = 80


class Tdnn(nn.Module):
    """Convolution that keeps the length (reflected ends), ReLU, batch normalisation."""

    def __init__(self, inputs, outputs, kernel=1, dilation=1):
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2,
                              padding_mode="reflect" if kernel > 1 else "zeros")
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x):
        return self.norm(torch.relu(self.conv(x)))


class Res2Net(nn.Module):
    def __init__(self, channels, kernel, dilation, scale=8):
        super().__init__()
        self.blocks = nn.ModuleList(Tdnn(channels // scale, channels // scale, kernel, dilation) for _ in range(scale - 1))
        self.width = channels // scale

    def forward(self, x):
        parts = torch.split(x, self.width, dim=1)
        y = [parts[0]]
        for k, block in enumerate(self.blocks):
            y.append(block(parts[k + 1] if k == 0 else parts[k + 1] + y[-1]))
        return torch.cat(y, dim=1)


class SqueezeExcite(nn.Module):
    def __init__(self, channels, inner):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(channels, inner, 1), nn.Conv1d(inner, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.conv2(torch.relu(self.conv1(x.mean(2, keepdim=True)))))


class Block(nn.Module):
    def __init__(self, channels, kernel, dilation, inner):
        super().__init__()
        self.tdnn1, self.tdnn2 = Tdnn(channels, channels), Tdnn(channels, channels)
        self.res2net_block = Res2Net(channels, kernel, dilation)
        self.se_block = SqueezeExcite(channels, inner)

    def forward(self, x):
        return self.se_block(self.tdnn2(self.res2net_block(self.tdnn1(x)))) + x


class AttentivePooling(nn.Module):
    def __init__(self, channels, inner):
        super().__init__()
        self.tdnn = Tdnn(3 * channels, inner)
        self.conv = nn.Conv1d(inner, channels, 1)

    def forward(self, x):
        mean = x.mean(2, keepdim=True)
        deviation = torch.sqrt((x - mean).pow(2).mean(2, keepdim=True).clamp(1e-12))
        context = torch.cat([x, mean.expand(x.shape), deviation.expand(x.shape)], dim=1)
        weights = torch.softmax(self.conv(torch.tanh(self.tdnn(context))), dim=2)
        mean = (weights * x).sum(2, keepdim=True)
        deviation = torch.sqrt((weights * (x - mean).pow(2)).sum(2, keepdim=True).clamp(1e-12))
        return torch.cat([mean, deviation], dim=1)


class Ecapa(nn.Module):
    def __init__(self, channels, joined, inner, embedding):
        super().__init__()
        self.blocks = nn.ModuleList([Tdnn(BANDS, channels, 5)] + [Block(channels, 3, dilation, inner) for dilation in (2, 3, 4)])
        self.mfa = Tdnn(3 * channels, joined)
        self.asp = AttentivePooling(joined, inner)
        self.asp_bn = nn.BatchNorm1d(2 * joined)
        self.fc = nn.Conv1d(2 * joined, embedding, 1)

    def from_official(self, state):
        """SpeechBrain wraps each convolution and norm in a module of the same name: conv.conv, norm.norm."""
        renamed = {}
        for name, value in state.items():
            parts = name.split(".")
            renamed[".".join(p for k, p in enumerate(parts) if k == 0 or p != parts[k - 1])] = value
        return renamed

    def forward(self, x):
        levels = []
        for block in self.blocks:
            x = block(x)
            levels.append(x)
        return self.fc(self.asp_bn(self.asp(self.mfa(torch.cat(levels[1:], dim=1)))))


def build(size, _):
    if size == "small":
        return Ecapa(32, 96, 16, 32)
    return Ecapa(int(size[1:]), 1536 if size == "c512" else 3072, 128, 192)


if __name__ == "__main__":
    run(build, __doc__, ["c512", "c1024", "small"], bands=BANDS)
