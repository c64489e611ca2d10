#!/usr/bin/env python3
"""ResNet34 for speakers as in WeSpeaker (32 to 256 channels, statistics pooling, dense layer of 256), whose state
dictionaries (avg_model.pt) can be given as --checkpoint.  Input: [1][80][frames] of log-mel."""
import torch
from torch import nn

from common import run

BANDS = 80


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, channels, blocks, embedding):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        inputs = channels
        for level, count in enumerate(blocks):
            width, layer = channels << level, []
            for k in range(count):
                layer.append(BasicBlock(inputs, width, 2 if level > 0 and k == 0 else 1))
                inputs = width
            setattr(self, f"layer{level + 1}", nn.Sequential(*layer))
        self.levels = len(blocks)
        self.seg_1 = nn.Linear(2 * inputs * (BANDS >> (self.levels - 1)), embedding)

    def from_official(self, state):
        return {name: value for name, value in state.items() if not name.startswith("projection")}

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x[:, None])))
        for level in range(self.levels):
            x = getattr(self, f"layer{level + 1}")(x)
        x = x.flatten(1, 2)
        deviation = torch.sqrt(x.var(2) + 1e-7)
        return self.seg_1(torch.cat([x.mean(2), deviation], dim=1))


def build(size, _):
    if size == "small":
        return ResNet(4, (1, 1, 1), 32)
    return ResNet(32, (3, 4, 6, 3), 256)


if __name__ == "__main__":
    run(build, __doc__, ["full", "small"], bands=BANDS)
