"""Writes tests/vectors/random_bundle: the shipped architecture with random weights, for code that
needs the format and the shapes but no trained network."""
import argparse

import numpy as np

from architecture import CLASS_COUNT, EMBEDDING_DIM, EMBEDDINGS, RECOGNISER, embedding_graph, recogniser_graph
from bundle import BundleWriter
from frontend import FrontEnd

# Plausible thresholds of the right types; nothing measured stands behind them.
DECISION = {
    "min_frames": [5] * 10, "margin_base": 400, "margin_per_digit": 200, "inside_min": 30, "outside_max": 40,
    "digit_frames_max": 1000, "digit_voiced_min": 0, "digit_voiced_percent": 0, "digit_share_percent": [0, 1600],
    "digit_level_range": 32768,
    "theta_q12": 2048, "template_norm": 512, "template_norm2": [252004, 272484], "embedding_norm2_min": 4096,
    "phrase_digits": [5, 8], "enrol_min_utterances": 3, "enrol_voiced_min": 400,
    "operating_point": "random weights: no operating point",
}


def random_layer(rng, out, kernel, channels, scale):
    shape = (out, kernel, channels) if kernel else (out, channels)
    return {"weight": np.clip(np.rint(rng.normal(0, 40, shape)), -127, 127).astype(np.int64),
            "bias": rng.integers(-4000, 4000, out), "scale": scale}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", default="../../tests/vectors/random_bundle")
    args = ap.parse_args()
    rng = np.random.default_rng(20261122)
    w = BundleWriter("random8k", FrontEnd())

    def convs(spec):
        return [random_layer(rng, c.channels_out, c.kernel, c.channels_in, 1 / (40 * np.sqrt(c.kernel * c.channels_in)))
                for c in spec]

    trunk = EMBEDDINGS["small"]
    emb = convs(trunk)
    dense = random_layer(rng, EMBEDDING_DIM, 0, 2 * trunk[-1].channels_out, 1 / 6000)
    rec = convs(RECOGNISER) + [random_layer(rng, CLASS_COUNT, 1, RECOGNISER[-1].channels_out, 1 / 320)]
    w.json["graphs"] = {"embedding": embedding_graph(w, ["small"], [emb], dense), "recogniser": recogniser_graph(w, rec)}
    w.json["decision"] = DECISION
    w.write(args.out)


if __name__ == "__main__":
    main()
