"""Writes models/<name> from trained networks and the decision section (docs/bundle.md). --keep takes recogniser and decision
of a bundle that exists as they are, so that a new speaker network can be put in."""
import argparse
import json

import torch

from architecture import embedding_graph, recogniser_graph
from bundle import BundleWriter, load
from frontend import FrontEnd


def copied(writer, graph, read):
    """A graph of another bundle, its tensors written anew."""
    for node in graph["nodes"]:
        for key in ("weight", "bias"):
            if key in node:
                node[key] = writer.tensor(read(node[key]), node[key]["dtype"])
    return graph


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--speaker", required=True)
    ap.add_argument("--recogniser")
    ap.add_argument("--keep", help="bundle whose recogniser, and without --decision its decision, is taken")
    ap.add_argument("--decision", help="JSON file with the decision section")
    ap.add_argument("--other-shift", type=int, default=0,
                    help="output steps (1/8 nat) taken off the class of other speech: a prior, chosen on dev phrases")
    ap.add_argument("--name", default="digits8k")
    ap.add_argument("--out", default="../../models/digits8k")
    args = ap.parse_args()
    if bool(args.keep) == bool(args.recogniser) or not (args.keep or args.decision):
        ap.error("give --keep, or --recogniser and --decision")
    kept, read = load(args.keep) if args.keep else (None, None)
    w = BundleWriter(args.name, FrontEnd())
    speaker = torch.load(args.speaker, weights_only=False)
    w.json["graphs"]["embedding"] = embedding_graph(w, speaker["sizes"], speaker["trunks"], speaker["dense"])
    if kept:
        w.json["graphs"]["recogniser"] = copied(w, kept["graphs"]["recogniser"], read)
        w.json["decision"] = kept["decision"]
    else:
        recogniser = torch.load(args.recogniser, weights_only=False)["layers"]
        top = recogniser[-1]
        top["bias"][12] -= int(round(args.other_shift / top["scale"]))
        w.json["graphs"]["recogniser"] = recogniser_graph(w, recogniser)
    if args.decision:
        with open(args.decision) as f:
            w.json["decision"] = json.load(f)
    w.write(args.out)


if __name__ == "__main__":
    main()
