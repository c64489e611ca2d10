"""What the scripts beside this one share: speech, a log-mel front end, statistics of batch normalisation measured on
speech, and the export.  Needs torch, onnx and numpy, and ffmpeg to read recordings.

Every script is called as  NAME.py FOLDER [--size S] [--seconds N] [--checkpoint FILE]  and writes FOLDER/net.onnx
(opset 17), FOLDER/calibrate/NN.npy and FOLDER/test/NN.npy, samples of its input from the recordings of different
speakers."""
import argparse
import math
import os
import subprocess
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

RATE = 16000
CALIBRATION, TEST = 24, 6  # samples that are written
DATA = Path(os.environ.get("VOIZK_SPEECH_DIR", Path(__file__).resolve().parents[3] / "shared" / "data"))


def speech(seconds, count):
    """[count][1][seconds * RATE] in [-1, 1]: as many speakers of LibriSpeech, a second into each recording."""
    files = sorted((DATA / "librispeech").glob("*.opus"))
    if len(files) < count:
        raise SystemExit(f"{DATA}/librispeech has {len(files)} recordings, {count} are needed (VOIZK_SPEECH_DIR)")
    clips = []
    for file in files:
        pcm = subprocess.run(["ffmpeg", "-v", "error", "-ss", "1", "-i", file, "-ac", "1", "-ar", str(RATE), "-t", str(seconds),
                              "-f", "s16le", "-"], stdout=subprocess.PIPE, check=True).stdout
        clip = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        if len(clip) == int(seconds * RATE):
            clips.append(clip)
        if len(clips) == count:
            break
    return torch.from_numpy(np.stack(clips))[:, None]


class LogMel(nn.Module):
    """[1][1][n] samples to [1][bands][frames]: Hamming windows of 25 ms every 10 ms, the discrete Fourier transform as a
    matrix, power, triangles on the HTK mel scale, logarithm; less its mean over time where `centred`."""

    def __init__(self, bands=80, window=400, hop=160, low=20.0, high=7600.0, centred=True):
        super().__init__()
        t, k = torch.arange(window), torch.arange(1, window // 2 + 1)[:, None]
        angle = 2 * math.pi * k * t / window
        taper = 0.54 - 0.46 * torch.cos(2 * math.pi * t / window)
        self.dft = nn.Conv1d(1, 2 * len(k), window, hop, bias=False)
        self.dft.weight.data = torch.cat([angle.cos() * taper, angle.sin() * taper])[:, None].float()
        self.bins = len(k)

        def mel(f):
            return 2595 * torch.log10(1 + f / 700)
        edges = torch.linspace(mel(torch.tensor(low)).item(), mel(torch.tensor(high)).item(), bands + 2)
        at = mel(k[:, 0] * RATE / window)
        rising = (at - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
        falling = (edges[2:, None] - at) / (edges[2:] - edges[1:-1])[:, None]
        self.mel = nn.Conv1d(self.bins, bands, 1, bias=False)
        self.mel.weight.data = torch.clamp(torch.minimum(rising, falling), min=0)[:, :, None].float()
        self.centred = centred

    def forward(self, samples):
        real, imaginary = torch.split(self.dft(samples), self.bins, dim=1)
        logarithm = torch.log(self.mel(real.pow(2) + imaginary.pow(2)) + 1e-4)
        return logarithm - logarithm.mean(2, keepdim=True) if self.centred else logarithm


def randomise(model, seed=1):
    """Weights of unit gain after a ReLU, or of a module's own `gain`; scales and shifts of batch normalisation that differ from channel to channel."""
    torch.manual_seed(seed)
    for module in model.modules():
        if isinstance(module, LogMel):
            continue
        if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Linear)) and module.weight.requires_grad:
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            module.weight.data.mul_(getattr(module, "gain", math.sqrt(2)) / math.sqrt(2))
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) and module.affine:
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.3)


def freeze_front_end(model):
    for module in model.modules():
        if isinstance(module, LogMel):
            module.requires_grad_(False)


def measure_batch_norms(model, inputs, least=0.0):
    """Running statistics from one pass over `inputs` as one batch, layer by layer as in training.  No channel's variance is
    below `least` times the mean of its layer's: a random ReLU that one clip alone reaches, divided by next to nothing, is
    hundreds of deviations large in the next clip, which no layer of a trained network is."""
    def floor(norm, given, _):
        x = given[0]
        shape = [1, -1] + [1] * (x.dim() - 2)
        dims = [d for d in range(x.dim()) if d != 1]
        mean, variance = x.mean(dims), x.var(dims)
        variance = torch.maximum(variance, least * variance.mean())
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        y = (x - mean.view(shape)) / torch.sqrt(variance.view(shape) + norm.eps)
        return y * norm.weight.view(shape) + norm.bias.view(shape)

    norms = [m for m in model.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    model.train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    hooks = [norm.register_forward_hook(floor) for norm in norms] if least else []
    with torch.no_grad():
        model(inputs)
    for hook in hooks:
        hook.remove()
    model.eval()


def export(model, example, path):
    model.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (example,), str(path), opset_version=17, input_names=["input"], output_names=["output"],
                          dynamo=False)


def front_end_of(inputs, bands):
    with torch.no_grad():
        return LogMel(bands)(inputs)


def run(build, description, sizes, seconds=3.0, raw=False, bands=None, images=None, needs_batch=True):
    """The whole script.  build(size, options) gives the network, whose input is [1][bands][frames] of log-mel (with
    --samples, or where `raw`, [1][1][samples]), or the shape `images`.  bands: a number, or a function of the size.  sizes:
    the names that --size takes."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", choices=sizes, default=sizes[0])
    parser.add_argument("--checkpoint", help="a state dictionary, instead of random weights")
    parser.add_argument("--seed", type=int, default=1)
    if images is None:
        parser.add_argument("--seconds", type=float, default=seconds)
    if bands is not None:
        parser.add_argument("--samples", action="store_true", help="the log-mel front end is part of the network")
    options = parser.parse_args()
    bands = bands(options.size) if callable(bands) else bands
    torch.set_num_threads(2)
    network = build(options.size, options)
    freeze_front_end(network)
    count = CALIBRATION + TEST
    if images is not None:
        torch.manual_seed(7)
        inputs = images_of(images, count)
    else:
        inputs = speech(options.seconds, count)
        if bands is not None and not options.samples:
            inputs = front_end_of(inputs, bands)
        if bands is not None and options.samples:
            network = nn.Sequential(LogMel(bands).requires_grad_(False), network)
    if options.checkpoint:
        state = torch.load(options.checkpoint, map_location="cpu", weights_only=True)
        target = network[1] if bands is not None and options.samples else network
        target.load_state_dict(target.from_official(state) if hasattr(target, "from_official") else state)
        network.eval()
    else:
        randomise(network, options.seed)
        measure_batch_norms(network, inputs[:CALIBRATION], getattr(network, "least_variance", 0.0))
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, part in (("calibrate", inputs[:CALIBRATION]), ("test", inputs[CALIBRATION:])):
        folder = options.folder / name
        folder.mkdir(exist_ok=True)
        for k, sample in enumerate(part):
            np.save(folder / f"{k:02}.npy", sample[None].numpy())
    export(network, inputs[:1], options.folder / "net.onnx")
    parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)
    print(f"{options.folder}/net.onnx: input {list(inputs[:1].shape)}, {parameters} parameters")


def images_of(shape, count):
    """Smooth random images in [0, 1]: sums of waves, which have edges and flat parts as photographs do."""
    y, x = torch.meshgrid(torch.linspace(0, 1, shape[-2]), torch.linspace(0, 1, shape[-1]), indexing="ij")
    images = []
    for _ in range(count):
        planes = []
        for _ in range(shape[0]):
            plane = torch.zeros_like(x)
            for _ in range(6):
                f, phase = torch.randn(2) * 6, torch.rand(1) * 2 * math.pi
                plane = plane + torch.tanh(3 * torch.sin(f[0] * x * math.pi + f[1] * y * math.pi + phase)) / 6
            planes.append(plane * 0.5 + 0.5)
        images.append(torch.stack(planes))
    return torch.stack(images)
