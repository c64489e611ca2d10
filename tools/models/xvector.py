#!/usr/bin/env python3
"""x-vector (Snyder et al., ICASSP 2018), a time-delay network with statistics pooling, as SpeechBrain's Xvector: its
state dictionaries (embedding_model.ckpt) can be given as --checkpoint.  Input: [1][24][frames] of log-mel."""
import torch
from torch import nn

from common import run

BANDS = 24


class Xvector(nn.Module):
    def __init__(self, channels, embedding):
        super().__init__()
        layers, inputs = [], BANDS
        for width, kernel, dilation in zip(channels, (5, 3, 3, 1, 1), (1, 2, 3, 1, 1)):
            layers += [nn.Conv1d(inputs, width, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2, padding_mode="reflect"),
                       nn.LeakyReLU(), nn.BatchNorm1d(width)]
            inputs = width
        self.blocks = nn.ModuleList(layers)
        self.last = nn.Linear(2 * inputs, embedding)

    def from_official(self, state):
        """blocks.N.conv.X and blocks.N.norm.X become blocks.N.X; the last block is a linear layer."""
        last = max(int(name.split(".")[1]) for name in state)
        renamed = {}
        for name, value in state.items():
            parts = name.split(".")
            if "num_batches_tracked" in parts:
                continue
            renamed[f"last.{parts[-1]}" if int(parts[1]) == last else f"blocks.{parts[1]}.{parts[-1]}"] = value
        own = self.state_dict()
        renamed.update({name: own[name] for name in own if name.endswith("num_batches_tracked")})
        return renamed

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.last(torch.cat([x.mean(2), x.std(2)], dim=1))


def build(size, _):
    if size == "small":
        return Xvector([32, 32, 32, 32, 96], 64)
    return Xvector([512, 512, 512, 512, 1500], 512)


if __name__ == "__main__":
    run(build, __doc__, ["full", "small"], bands=BANDS)
