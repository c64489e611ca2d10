"""Writes models/<name> from the two trained networks and the decision section (docs/bundle.md)."""
import argparse
import json

import torch

from architecture import embedding_graph, recogniser_graph
from bundle import BundleWriter
from frontend import FrontEnd


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--speaker", required=True)
    ap.add_argument("--recogniser", required=True)
    ap.add_argument("--decision", required=True, help="JSON file with the decision section")
    ap.add_argument("--other-shift", type=int, default=0,
                    help="output steps (1/8 nat) taken off the class of other speech: a prior, chosen on dev phrases")
    ap.add_argument("--name", default="digits8k")
    ap.add_argument("--out", default="../../models/digits8k")
    args = ap.parse_args()
    w = BundleWriter(args.name, FrontEnd())
    speaker = torch.load(args.speaker, weights_only=False)["layers"]
    recogniser = torch.load(args.recogniser, weights_only=False)["layers"]
    top = recogniser[-1]
    top["bias"][12] -= int(round(args.other_shift / top["scale"]))
    w.json["graphs"] = {"embedding": embedding_graph(w, speaker), "recogniser": recogniser_graph(w, recogniser)}
    with open(args.decision) as f:
        w.json["decision"] = json.load(f)
    w.write(args.out)


if __name__ == "__main__":
    main()
