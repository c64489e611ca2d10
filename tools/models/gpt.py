#!/usr/bin/env python3
"""gpt.py OUT.onnx [--size nanogpt|gpt2|small] [--tokens N] [--layers N] [--logits all|last|argmax] [--samples FOLDER]
[--checkpoint FILE]: GPT-2's architecture (Radford et al. 2019; its parameter names and those of nanoGPT) as an ONNX file.

nanogpt: 4 layers, width 64, 4 heads, 64 tokens, vocabulary 65.  gpt2: GPT-2 small, 12 layers, width 768, 12 heads,
vocabulary 50257, at 16 tokens.  small: 2 layers, width 32, 2 heads, 12 tokens, vocabulary 50, for tests.
Input `tokens`: int64 [1, N].  Output `logits`: [1, N, vocabulary]; of the last position only; or `argmax`, the likeliest
next token of every position.  Weights are random as GPT-2's are before training; --checkpoint takes nanoGPT's ckpt.pt or
GPT-2's pytorch_model.bin or model.safetensors.  --samples writes 32 samples of tokens, distributed as words are.
Needs torch, onnx and numpy."""
import argparse
import dataclasses
import math

import numpy as np
import torch
from torch import nn

import torch_export


@dataclasses.dataclass
class Size:
    layers: int
    width: int
    heads: int
    tokens: int
    vocabulary: int
    positions: int


SIZES = {"nanogpt": Size(4, 64, 4, 64, 65, 64), "gpt2": Size(12, 768, 12, 16, 50257, 1024),
         "small": Size(2, 32, 2, 12, 50, 12)}


class Attention(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.heads = size.heads
        self.c_attn = nn.Linear(size.width, 3 * size.width)
        self.c_proj = nn.Linear(size.width, size.width)
        self.register_buffer("later", torch.ones(size.tokens, size.tokens).triu(1).bool(), persistent=False)

    def forward(self, x):
        length, width = x.shape[1], x.shape[2]
        q, k, v = (t.view(1, length, self.heads, width // self.heads).transpose(1, 2)
                   for t in self.c_attn(x).split(width, dim=2))
        scores = (q @ k.transpose(2, 3)) * (1 / math.sqrt(width // self.heads))
        weights = torch.softmax(scores.masked_fill(self.later, float("-inf")), dim=-1)
        return self.c_proj((weights @ v).transpose(1, 2).reshape(1, length, width))


class Mlp(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.c_fc = nn.Linear(size.width, 4 * size.width)
        self.c_proj = nn.Linear(4 * size.width, size.width)

    def forward(self, x):
        return self.c_proj(nn.functional.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.ln_1 = nn.LayerNorm(size.width)
        self.attn = Attention(size)
        self.ln_2 = nn.LayerNorm(size.width)
        self.mlp = Mlp(size)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt(nn.Module):
    def __init__(self, size, logits):
        super().__init__()
        self.logits = logits
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(size.vocabulary, size.width), "wpe": nn.Embedding(size.positions, size.width),
            "h": nn.ModuleList(Block(size) for _ in range(size.layers)), "ln_f": nn.LayerNorm(size.width)})
        self.register_buffer("positions", torch.arange(size.tokens), persistent=False)

    def forward(self, tokens):
        t = self.transformer
        x = t["wte"](tokens) + t["wpe"](self.positions)
        for block in t["h"]:
            x = block(x)
        x = t["ln_f"](x)
        if self.logits == "last":
            x = x[:, -1:]
        logits = x @ t["wte"].weight.T
        return logits.argmax(-1) if self.logits == "argmax" else logits


def initialise(model, layers):
    for name, p in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(p)
        elif p.dim() == 2:
            torch_export.normal(p, 0.02 / math.sqrt(2 * layers) if name.endswith("c_proj.weight") else 0.02)


def official(state, model, layers):
    """Both kinds of checkpoint under this file's names: GPT-2 stores its matrices transposed and without a prefix, and a
    nanoGPT may have no biases."""
    state = {n.removeprefix("_orig_mod."): t for n, t in state.items()}
    if "wte.weight" in state:
        state = {"transformer." + n: t for n, t in state.items()}
    for name in list(state):
        if name.startswith("transformer.h.") and int(name.split(".")[2]) >= layers:
            del state[name]  # deeper than was asked for
    rows, columns = state["transformer.h.0.attn.c_attn.weight"].shape
    if rows < columns:
        for name, t in state.items():
            if t.dim() == 2 and name.split(".")[-2] in ("c_attn", "c_proj", "c_fc"):
                state[name] = t.T
    for name, t in model.state_dict().items():
        if name.endswith("bias"):
            state.setdefault(name, torch.zeros_like(t))
    return state


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--size", choices=SIZES, default="nanogpt")
    parser.add_argument("--tokens", type=int)
    parser.add_argument("--layers", type=int)
    parser.add_argument("--logits", choices=["all", "last", "argmax"], default="all")
    parser.add_argument("--samples")
    parser.add_argument("--checkpoint")
    options = parser.parse_args()
    size = SIZES[options.size]
    size.tokens = options.tokens or size.tokens
    size.layers = options.layers or size.layers
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    model = Gpt(size, options.logits)
    initialise(model, size.layers)
    if options.checkpoint:
        torch_export.load(model, official(torch_export.read_checkpoint(options.checkpoint), model, size.layers))
    samples = [torch_export.zipf_tokens(size.tokens, size.vocabulary, rng) for _ in range(32)]
    torch_export.export(model, {"tokens": samples[0]}, ["argmax" if options.logits == "argmax" else "logits"], options.out)
    if options.samples:
        torch_export.save_samples(options.samples, {"tokens": samples})


if __name__ == "__main__":
    main()
