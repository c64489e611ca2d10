#!/usr/bin/env python3
"""QuartzNet 5x5 (Kriman et al., ICASSP 2020), NeMo's character recogniser of separable convolutions: five blocks of five
repetitions, 29 outputs a frame.  Input: [1][64][frames] of log-mel."""
import torch
from torch import nn

from common import run

BANDS = 64


def separable(inputs, outputs, kernel, stride=1, dilation=1):
    return [nn.Conv1d(inputs, inputs, kernel, stride, dilation * (kernel - 1) // 2, dilation, groups=inputs, bias=False),
            nn.Conv1d(inputs, outputs, 1, bias=False), nn.BatchNorm1d(outputs)]


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel, repeat):
        super().__init__()
        layers = []
        for k in range(repeat):
            layers += separable(inputs if k == 0 else outputs, outputs, kernel) + ([nn.ReLU()] if k + 1 < repeat else [])
        self.layers = nn.Sequential(*layers)
        self.residual = nn.Sequential(nn.Conv1d(inputs, outputs, 1, bias=False), nn.BatchNorm1d(outputs))

    def forward(self, x):
        return torch.relu(self.layers(x) + self.residual(x))


class QuartzNet(nn.Module):
    def __init__(self, plan, repeat, last):
        super().__init__()
        first = plan[0][0]
        layers, inputs = [*separable(BANDS, first, 33, stride=2), nn.ReLU()], first
        for outputs, kernel in plan:
            layers.append(Block(inputs, outputs, kernel, repeat))
            inputs = outputs
        layers += [*separable(inputs, last[0], 87, dilation=2), nn.ReLU(), nn.Conv1d(last[0], last[1], 1, bias=False),
                   nn.BatchNorm1d(last[1]), nn.ReLU(), nn.Conv1d(last[1], 29, 1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


def build(size, _):
    if size == "small":
        return QuartzNet([(32, 11), (48, 13)], 2, (64, 64))
    return QuartzNet([(256, 33), (256, 39), (512, 51), (512, 63), (512, 75)], 5, (512, 1024))


if __name__ == "__main__":
    run(build, __doc__, ["full", "small"], bands=BANDS)
