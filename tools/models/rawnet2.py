#!/usr/bin/env python3
"""RawNet2 (Jung et al., Interspeech 2020) from raw samples: layer norm, 128 sinc filters, residual blocks with max-pooling
and filter-wise scaling, a GRU of 1024 and a dense layer.  --checkpoint takes the official state dictionary, its filters
computed beforehand (first_conv.weight).  Input: [1][1][samples]."""
import torch
from torch import nn

from common import run
from rawnet3 import sinc_filters


class ResBlock(nn.Module):
    def __init__(self, inputs, outputs, first):
        super().__init__()
        self.first = first
        if not first:
            self.bn1 = nn.BatchNorm1d(inputs)
        self.lrelu = nn.LeakyReLU(0.3)
        self.conv1 = nn.Conv1d(inputs, outputs, 3, padding=1)
        self.bn2 = nn.BatchNorm1d(outputs)
        self.conv2 = nn.Conv1d(outputs, outputs, 3, padding=1)
        self.conv_downsample = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        self.mp = nn.MaxPool1d(3)
        self.fms = nn.Linear(outputs, outputs)

    def forward(self, x):
        y = x if self.first else self.lrelu(self.bn1(x))
        y = self.conv2(self.lrelu(self.bn2(self.conv1(y)))) + self.conv_downsample(x)
        y = self.mp(y)
        gate = torch.sigmoid(self.fms(y.mean(2)))[:, :, None]
        return y * gate + gate


class RawNet2(nn.Module):
    def __init__(self, filters, widths, hidden, embedding):
        super().__init__()
        self.ln = nn.InstanceNorm1d(1, eps=1e-5, affine=True)  # over the whole clip, as the official layer norm
        self.first_conv = nn.Conv1d(1, filters, 251, bias=False)
        self.first_bn = nn.BatchNorm1d(filters)
        self.lrelu = nn.LeakyReLU(0.3)
        blocks, inputs = [], filters
        for k, width in enumerate(widths):
            blocks.append(ResBlock(inputs, width, k == 0))
            inputs = width
        self.blocks = nn.ModuleList(blocks)
        self.bn_before_gru = nn.BatchNorm1d(inputs)
        self.gru = nn.GRU(inputs, hidden, batch_first=True)
        self.fc1_gru = nn.Linear(hidden, embedding)
        with torch.no_grad():
            self.first_conv.weight.copy_(sinc_filters(filters, 251)[:filters])
        self.first_conv.requires_grad_(False)

    def forward(self, x):
        x = nn.functional.max_pool1d(torch.abs(self.first_conv(self.ln(x))), 3)
        x = self.lrelu(self.first_bn(x))
        for block in self.blocks:
            x = block(x)
        x = self.lrelu(self.bn_before_gru(x)).transpose(1, 2)
        return self.fc1_gru(self.gru(x)[0][:, -1])


def build(size, _):
    if size == "small":
        return RawNet2(8, (8, 16, 16, 16), 32, 32)
    return RawNet2(128, (128, 128, 256, 256, 256, 256), 1024, 1024)


if __name__ == "__main__":
    run(build, __doc__, ["full", "small"], raw=True)
