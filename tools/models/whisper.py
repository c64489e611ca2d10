#!/usr/bin/env python3
"""whisper.py OUT.onnx [--part encoder|decoder|whole] [--size tiny|small-test] [--seconds S] [--tokens N] [--layers N]
[--logits all|last|argmax] [--samples FOLDER] [--speech FOLDER] [--checkpoint FILE]: Whisper (Radford et al. 2022) with
its parameter names as an ONNX file.

tiny: 4 and 4 layers, width 384, 6 heads, vocabulary 51865.  small-test: 1 and 1, width 32, 2 heads, vocabulary 60.
encoder: `mel` [1, 80, 100 S], Whisper's log-mel spectrogram, to `audio` [1, 50 S, width].  decoder: `tokens` int64 [1, N]
and `audio` to `logits` [1, N, vocabulary] (of the last position, or `argmax`): teacher-forced, all tokens are given at
once.  whole: both, from `mel` and `tokens`.  The encoder works on S seconds and not on 30.
Weights are random as PyTorch initialises them; --checkpoint takes OpenAI's tiny.pt.  --samples writes 16 samples, of the
16 kHz mono WAV files in --speech or of synthetic voices.  Needs torch, onnx and numpy."""
import argparse
import dataclasses
import math

import numpy as np
import torch
from torch import nn

import speech_samples
import torch_export


@dataclasses.dataclass
class Size:
    layers: int
    width: int
    heads: int
    vocabulary: int
    mels: int = 80
    positions: int = 448


SIZES = {"tiny": Size(4, 384, 6, 51865), "small-test": Size(1, 32, 2, 60)}


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def split(self, x):
        return x.view(1, x.shape[1], self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def forward(self, x, source=None, later=None):
        source = x if source is None else source
        q, k, v = self.split(self.query(x)), self.split(self.key(source)), self.split(self.value(source))
        scores = (q @ k.transpose(2, 3)) * (1 / math.sqrt(q.shape[3]))
        if later is not None:
            scores = scores.masked_fill(later, float("-inf"))
        return self.out((torch.softmax(scores, dim=-1) @ v).transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    def __init__(self, size, cross):
        super().__init__()
        self.attn = Attention(size.width, size.heads)
        self.attn_ln = nn.LayerNorm(size.width)
        self.cross_attn = Attention(size.width, size.heads) if cross else None
        self.cross_attn_ln = nn.LayerNorm(size.width) if cross else None
        self.mlp = nn.Sequential(nn.Linear(size.width, 4 * size.width), nn.GELU(), nn.Linear(4 * size.width, size.width))
        self.mlp_ln = nn.LayerNorm(size.width)

    def forward(self, x, audio=None, later=None):
        x = x + self.attn(self.attn_ln(x), later=later)
        if self.cross_attn is not None:
            x = x + self.cross_attn(self.cross_attn_ln(x), audio)
        return x + self.mlp(self.mlp_ln(x))


def sinusoids(length, channels):
    scales = torch.exp(-math.log(10000) / (channels // 2 - 1) * torch.arange(channels // 2))
    angle = torch.arange(length)[:, None] * scales[None]
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class Encoder(nn.Module):
    def __init__(self, size, frames):
        super().__init__()
        self.conv1 = nn.Conv1d(size.mels, size.width, 3, padding=1)
        self.conv2 = nn.Conv1d(size.width, size.width, 3, stride=2, padding=1)
        self.register_buffer("position", sinusoids(frames // 2, size.width), persistent=False)
        self.blocks = nn.ModuleList(Block(size, False) for _ in range(size.layers))
        self.ln_post = nn.LayerNorm(size.width)

    def forward(self, mel):
        x = nn.functional.gelu(self.conv2(nn.functional.gelu(self.conv1(mel))))
        x = x.transpose(1, 2) + self.position
        for block in self.blocks:
            x = block(x)
        return self.ln_post(x)


class Decoder(nn.Module):
    def __init__(self, size, tokens, logits):
        super().__init__()
        self.logits = logits
        self.token_embedding = nn.Embedding(size.vocabulary, size.width)
        self.positional_embedding = nn.Parameter(torch.empty(size.positions, size.width))
        self.blocks = nn.ModuleList(Block(size, True) for _ in range(size.layers))
        self.ln = nn.LayerNorm(size.width)
        self.register_buffer("later", torch.ones(tokens, tokens).triu(1).bool(), persistent=False)

    def forward(self, tokens, audio):
        x = self.token_embedding(tokens) + self.positional_embedding[:tokens.shape[1]]
        for block in self.blocks:
            x = block(x, audio, self.later)
        x = self.ln(x)
        if self.logits == "last":
            x = x[:, -1:]
        logits = x @ self.token_embedding.weight.T
        return logits.argmax(-1) if self.logits == "argmax" else logits


class Whisper(nn.Module):
    def __init__(self, size, frames, tokens, logits, part):
        super().__init__()
        self.part = part
        self.encoder = Encoder(size, frames) if part != "decoder" else None
        self.decoder = Decoder(size, tokens, logits) if part != "encoder" else None

    def forward(self, first, second=None):
        if self.part == "encoder":
            return self.encoder(first)
        if self.part == "decoder":
            return self.decoder(first, second)
        return self.decoder(second, self.encoder(first))


def initialise(model):
    if model.decoder is not None:
        torch_export.normal(model.decoder.token_embedding.weight, 0.05)
        torch_export.normal(model.decoder.positional_embedding, 0.02)


def make_samples(options, size, frames, rng):
    mels = [speech_samples.whisper_mel(s, frames, size.mels)
            for s in speech_samples.recordings(options.speech, 16, frames * 160, rng)]
    tokens = [torch_export.zipf_tokens(options.tokens, size.vocabulary, rng) for _ in mels]
    if options.part == "encoder":
        return {"mel": mels}
    if options.part == "whole":
        return {"mel": mels, "tokens": tokens}
    encoder = Whisper(size, frames, options.tokens, options.logits, "encoder").eval()
    initialise(encoder)
    if options.checkpoint:
        torch_export.load(encoder, torch_export.read_checkpoint(options.checkpoint))
    with torch.no_grad():
        return {"tokens": tokens, "audio": [encoder(torch.from_numpy(m)).numpy() for m in mels]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--part", choices=["encoder", "decoder", "whole"], default="encoder")
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--layers", type=int)
    parser.add_argument("--logits", choices=["all", "last", "argmax"], default="all")
    parser.add_argument("--samples")
    parser.add_argument("--speech")
    parser.add_argument("--checkpoint")
    options = parser.parse_args()
    size = SIZES[options.size]
    size.layers = options.layers or size.layers
    frames = int(options.seconds * 100)
    torch.manual_seed(1)
    model = Whisper(size, frames, options.tokens, options.logits, options.part)
    initialise(model)
    if options.checkpoint:
        torch_export.load(model, torch_export.read_checkpoint(options.checkpoint))
    samples = make_samples(options, size, frames, np.random.default_rng(1))
    output = "audio" if options.part == "encoder" else "argmax" if options.logits == "argmax" else "logits"
    torch_export.export(model, {name: arrays[0] for name, arrays in samples.items()}, [output], options.out)
    if options.samples:
        torch_export.save_samples(options.samples, samples)


if __name__ == "__main__":
    main()
