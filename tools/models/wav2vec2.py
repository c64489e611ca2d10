#!/usr/bin/env python3
"""wav2vec2.py OUT.onnx [--size base|small-test] [--seconds S] [--layers N] [--samples FOLDER] [--speech FOLDER]
[--checkpoint FILE]: Wav2Vec2-base with its CTC head (Baevski et al. 2020), with the parameter names of
facebook/wav2vec2-base-960h, as an ONNX file.

base: seven convolutions of 512 channels (GroupNorm after the first), 12 layers, width 768, 12 heads, 32 letters.
small-test: 24 channels, 1 layer, width 32, 2 heads.  Input `samples` [1, 16000 S] at 16 kHz, of mean 0
and variance 1 as the original's feature extractor makes them; output `logits`
[1, frames, 32], a frame every 20 ms.  Weights are random as the original's before training, but
GroupNorm's shifts, which are 0 then: without them, and without biases in the convolutions, silence stays silence, and
the LayerNorm behind them has nothing to normalise; --checkpoint takes
pytorch_model.bin or model.safetensors.  --samples writes 8 samples, of the 16 kHz mono WAV files in --speech or of
synthetic voices.  Needs torch, onnx and numpy."""
import argparse
import dataclasses
import math

import numpy as np
import torch
from torch import nn

import speech_samples
import torch_export

KERNELS, STRIDES = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)


@dataclasses.dataclass
class Size:
    channels: int
    layers: int
    width: int
    heads: int
    positions: int  # taps of the positional convolution
    groups: int


SIZES = {"base": Size(512, 12, 768, 12, 128, 16), "small-test": Size(24, 1, 32, 2, 16, 4)}


class ConvLayer(nn.Module):
    def __init__(self, size, k):
        super().__init__()
        self.conv = nn.Conv1d(size.channels if k else 1, size.channels, KERNELS[k], STRIDES[k], bias=False)
        self.layer_norm = None if k else nn.GroupNorm(size.channels, size.channels)

    def forward(self, x):
        x = self.conv(x)
        return nn.functional.gelu(x if self.layer_norm is None else self.layer_norm(x))


class FeatureEncoder(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.conv_layers = nn.ModuleList(ConvLayer(size, k) for k in range(len(KERNELS)))

    def forward(self, x):
        for layer in self.conv_layers:
            x = layer(x)
        return x


class FeatureProjection(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer_norm = nn.LayerNorm(size.channels)
        self.projection = nn.Linear(size.channels, size.width)

    def forward(self, x):
        return self.projection(self.layer_norm(x))


class PositionalConvolution(nn.Module):
    """Grouped, its weights of length g along the taps; the last output of an even kernel is dropped."""

    def __init__(self, size):
        super().__init__()
        self.groups, self.taps = size.groups, size.positions
        self.conv = nn.ParameterDict({
            "weight_g": torch.empty(1, 1, size.positions), "bias": torch.zeros(size.width),
            "weight_v": torch.empty(size.width, size.width // size.groups, size.positions)})

    def forward(self, x):
        v = self.conv["weight_v"]
        weight = (self.conv["weight_g"] * v / v.norm(dim=(0, 1), keepdim=True)).detach()
        y = nn.functional.conv1d(x.transpose(1, 2), weight, self.conv["bias"], padding=self.taps // 2, groups=self.groups)
        return nn.functional.gelu(y[:, :, :x.shape[1]]).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.heads = size.heads
        self.k_proj, self.v_proj, self.q_proj, self.out_proj = (nn.Linear(size.width, size.width) for _ in range(4))

    def forward(self, x):
        q, k, v = (t.view(1, x.shape[1], self.heads, x.shape[2] // self.heads).transpose(1, 2)
                   for t in (self.q_proj(x), self.k_proj(x), self.v_proj(x)))
        scores = (q @ k.transpose(2, 3)) * (1 / math.sqrt(q.shape[3]))
        return self.out_proj((torch.softmax(scores, dim=-1) @ v).transpose(1, 2).reshape(x.shape))


class FeedForward(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.intermediate_dense = nn.Linear(size.width, 4 * size.width)
        self.output_dense = nn.Linear(4 * size.width, size.width)

    def forward(self, x):
        return self.output_dense(nn.functional.gelu(self.intermediate_dense(x)))


class EncoderLayer(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.attention = Attention(size)
        self.layer_norm = nn.LayerNorm(size.width)
        self.feed_forward = FeedForward(size)
        self.final_layer_norm = nn.LayerNorm(size.width)

    def forward(self, x):
        x = self.layer_norm(x + self.attention(x))
        return self.final_layer_norm(x + self.feed_forward(x))


class Encoder(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.pos_conv_embed = PositionalConvolution(size)
        self.layer_norm = nn.LayerNorm(size.width)
        self.layers = nn.ModuleList(EncoderLayer(size) for _ in range(size.layers))

    def forward(self, x):
        x = self.layer_norm(x + self.pos_conv_embed(x))
        for layer in self.layers:
            x = layer(x)
        return x


class Wav2Vec2(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.feature_extractor = FeatureEncoder(size)
        self.feature_projection = FeatureProjection(size)
        self.encoder = Encoder(size)

    def forward(self, samples):
        x = self.feature_extractor(samples[:, None])
        return self.encoder(self.feature_projection(x.transpose(1, 2)))


class Wav2Vec2Ctc(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.wav2vec2 = Wav2Vec2(size)
        self.lm_head = nn.Linear(size.width, 32)

    def forward(self, samples):
        return self.lm_head(self.wav2vec2(samples))


def initialise(model, size):
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv1d):
            nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, nn.Linear):
            bound = 1 / math.sqrt(module.in_features)
            if "projection" in name:
                nn.init.uniform_(module.weight, -bound, bound)
            else:
                torch_export.normal(module.weight, 0.02)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.GroupNorm):
            torch_export.normal(module.bias, 0.3)
    conv = model.wav2vec2.encoder.pos_conv_embed.conv
    torch_export.normal(conv["weight_v"], 2 * math.sqrt(1 / (size.positions * size.width)))
    conv["weight_g"].data = conv["weight_v"].data.norm(dim=(0, 1), keepdim=True)


def official(state, layers):
    """Newer checkpoints name the two factors of the positional weights otherwise."""
    prefix = "wav2vec2.encoder.pos_conv_embed.conv."
    renamed = {prefix + "parametrizations.weight.original0": prefix + "weight_g",
               prefix + "parametrizations.weight.original1": prefix + "weight_v"}
    return {renamed.get(n, n): t for n, t in state.items()
            if not n.startswith("wav2vec2.encoder.layers.") or int(n.split(".")[3]) < layers}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--size", choices=SIZES, default="base")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--layers", type=int)
    parser.add_argument("--samples")
    parser.add_argument("--speech")
    parser.add_argument("--checkpoint")
    options = parser.parse_args()
    size = SIZES[options.size]
    size.layers = options.layers or size.layers
    torch.manual_seed(1)
    model = Wav2Vec2Ctc(size)
    initialise(model, size)
    if options.checkpoint:
        torch_export.load(model, official(torch_export.read_checkpoint(options.checkpoint), size.layers))
    pieces = speech_samples.recordings(options.speech, 8, int(options.seconds * 16000), np.random.default_rng(1))
    samples = [((s - s.mean()) / np.sqrt(s.var() + 1e-7))[None] for s in pieces]
    torch_export.export(model, {"samples": samples[0]}, ["logits"], options.out)
    if options.samples:
        torch_export.save_samples(options.samples, {"samples": samples})


if __name__ == "__main__":
    main()
