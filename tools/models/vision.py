#!/usr/bin/env python3
"""LeNet-5 (32x32x1), VGG11 and VGG16 for CIFAR (3x3 kernels, batch normalisation, dense 512-512-10): the networks that
provers are compared on.  Inputs are synthetic images."""
import argparse
import sys

from torch import nn

from common import run

VGG = {"vgg11": "64 M 128 M 256 256 M 512 512 M 512 512 M",
       "vgg16": "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M",
       "vgg-small": "8 M 16 M 32 M 32 M 32 M"}


def vgg(plan):
    layers, inputs = [], 3
    for entry in VGG[plan].split():
        if entry == "M":
            layers.append(nn.MaxPool2d(2))
            continue
        layers += [nn.Conv2d(inputs, int(entry), 3, padding=1), nn.BatchNorm2d(int(entry)), nn.ReLU()]
        inputs = int(entry)
    layers.append(nn.Flatten())
    for width in (512, 512) if plan != "vgg-small" else (32,):
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


def lenet5():
    return nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
                         nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def build(size, _):
    return lenet5() if size == "lenet5" else vgg(size)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument("--size", default="lenet5")
    size = asked.parse_known_args(sys.argv[1:])[0].size
    run(build, __doc__, ["lenet5", *VGG], images=(1, 32, 32) if size == "lenet5" else (3, 32, 32))
