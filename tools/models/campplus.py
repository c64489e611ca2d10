#!/usr/bin/env python3
"""CAM++ (Wang et al., Interspeech 2023): a small two-dimensional residual head, three dense blocks of context-aware masked
time-delay layers, statistics pooling, an embedding of 192 (512 in the official Chinese model).  Where the official layers
compute a mask for every frame, of means over segments of 100 frames, the masks are computed once per segment and repeated,
which is the same function.  Input: [1][80][frames] of log-mel."""
import torch
from torch import nn

from common import run

BANDS, SEGMENT = 80, 100


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, (stride, 1), 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, (stride, 1), bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))


class Head(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(BasicBlock(channels, channels, 2), BasicBlock(channels, channels, 1))
        self.layer2 = nn.Sequential(BasicBlock(channels, channels, 2), BasicBlock(channels, channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        x = self.layer2(self.layer1(torch.relu(self.bn1(self.conv1(x[:, None])))))
        return torch.relu(self.bn2(self.conv2(x))).flatten(1, 2)


class CamLayer(nn.Module):
    """A local convolution under a mask from the means over the clip and over its segment."""

    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.linear_local = nn.Conv1d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1, self.linear2 = nn.Conv1d(inputs, inputs // 2, 1), nn.Conv1d(inputs // 2, outputs, 1)

    def forward(self, x):
        mean, masks = x.mean(2, keepdim=True), []
        for begin in range(0, x.shape[2], SEGMENT):
            segment = x[:, :, begin:begin + SEGMENT]
            context = torch.relu(self.linear1(mean + segment.mean(2, keepdim=True)))
            mask = torch.sigmoid(self.linear2(context))
            masks.append(mask.expand(-1, -1, segment.shape[2]))
        return self.linear_local(x) * (torch.cat(masks, dim=2) if len(masks) > 1 else masks[0])


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth, bottleneck, dilation):
        super().__init__()
        self.bn1 = nn.BatchNorm1d(inputs)
        self.linear1 = nn.Conv1d(inputs, bottleneck, 1, bias=False)
        self.bn2 = nn.BatchNorm1d(bottleneck)
        self.cam_layer = CamLayer(bottleneck, growth, dilation)

    def forward(self, x):
        return self.cam_layer(torch.relu(self.bn2(self.linear1(torch.relu(self.bn1(x))))))


class CamPlus(nn.Module):
    def __init__(self, head, channels, growth, bottleneck, layers, embedding):
        super().__init__()
        self.head = Head(head)
        self.tdnn = nn.Conv1d(head * BANDS // 8, channels, 5, 2, 2, bias=False)
        self.tdnn_bn = nn.BatchNorm1d(channels)
        self.blocks, self.transits = nn.ModuleList(), nn.ModuleList()
        for count, dilation in zip(layers, (1, 2, 2)):
            block = nn.ModuleList()
            for _ in range(count):
                block.append(DenseLayer(channels, growth, bottleneck, dilation))
                channels += growth
            self.blocks.append(block)
            self.transits.append(nn.Sequential(nn.BatchNorm1d(channels), nn.ReLU(), nn.Conv1d(channels, channels // 2, 1, bias=False)))
            channels //= 2
        self.out_bn = nn.BatchNorm1d(channels)
        self.dense = nn.Linear(2 * channels, embedding, bias=False)
        self.dense_bn = nn.BatchNorm1d(embedding, affine=False)

    def forward(self, x):
        x = torch.relu(self.tdnn_bn(self.tdnn(self.head(x))))
        for block, transit in zip(self.blocks, self.transits):
            for layer in block:
                x = torch.cat([x, layer(x)], dim=1)
            x = transit(x)
        x = torch.relu(self.out_bn(x))
        return self.dense_bn(self.dense(torch.cat([x.mean(2), x.std(2)], dim=1)))


def build(size, _):
    if size == "small":
        return CamPlus(4, 16, 8, 16, (2, 2, 2), 32)
    return CamPlus(32, 128, 32, 128, (12, 24, 16), 192)


if __name__ == "__main__":
    run(build, __doc__, ["full", "small"], bands=BANDS)
