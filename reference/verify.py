#!/usr/bin/env python3
"""A second verifier of voizk proofs, written from docs/protocol.md and docs/protocol/ alone.

    verify.py RELATION INPUTS STATEMENT PROOF [--mutations N] [--degree D]

RELATION, INPUTS (the values of its public inputs), STATEMENT (the labelled values) and PROOF are files.  Checks everything that the documents ask of a
verifier: the relation's certificate, the parameters, every message.  With --mutations also that the proof is refused
after each of N changed bits spread over it, after a change of STATEMENT and of each public input.  Exit 0: accepted; 1: refused, with the check's name.
"""
import argparse
import struct
import sys

import certificate
import relation as relations
from field import Field
from opening import Constraints, choose_secure_params, verify_opening
from reductions import Run
from transcript import Reader, Rejected, Transcript, require


def planned(r, layout):
    """Pads, triples and affine constraints of a run (protocol.md section 7's table)."""
    h, products = layout.lookups.bits, bool(r.products)
    pads = 2 + sum(2 * j + 4 for j in range(h)) + 2 * layout.cells.bits + 2
    triples = 1 + 3 * h
    constraints = 1 + h + 2
    if products:
        pads += 1 + 3 * layout.products.bits + 2
        triples += 1
        constraints += 1
    return pads, triples, constraints


class Statement:
    """What a verifier prepares once: a certified relation and its parameters."""

    def __init__(self, relation_bytes, certify=True, degrees=(4, 5), works=(0, 8)):
        self.relation = relations.parse(relation_bytes)
        self.layout = relations.Layout(self.relation)
        if certify:
            certificate.certify(self.relation)
        self.digest = relations.digest(relation_bytes)
        r, layout = self.relation, self.layout
        pads, triples, constraints = planned(r, layout)
        counts = {
            "leaves": sum(l.key.shape.cells() for l in r.lookups) + sum(len(k) for k, _ in r.tables),
            "lookup_bits": layout.lookups.bits,
            "product_bits": layout.products.bits if r.products else 0,
            "cell_bits": layout.cells.bits,
            "output_bits": layout.outputs.bits if layout.outputs.size else 0,
            "constraints": constraints,
        }
        self.params = choose_secure_params(layout.cells.size, pads, triples, counts, degrees, works)

    def verify(self, inputs, public_values, proof):
        p, reader, transcript = self.params, Reader(proof), Transcript()
        f = Field(p.d)
        require(reader.take(8) == b"VOIZKPRF" and reader.number("I") == 3 and reader.number("I") == p.d, "header")
        transcript.absorb(0x01, b"suite", b"voizk proof v3")
        p.absorb(transcript)
        transcript.absorb(0x03, b"relation", self.digest)
        values = relations.public_inputs(self.relation, inputs)
        transcript.absorb(0x01, b"public inputs", inputs)
        transcript.absorb(0x01, b"statement", public_values)
        root = reader.take(32)
        transcript.absorb(0x03, b"root", root)
        if p.work:
            transcript.absorb(0x02, b"lookup work", reader.take(8))
            require(transcript.h[0] & ((1 << p.work) - 1) == 0, "work")
        constraints = Constraints(f)
        run = Run(f, self.relation, self.layout, constraints, transcript, reader)
        run.lookups()
        run.products(values)
        z, e, claim = run.batching()
        verify_opening(f, p, root, z, e, claim, constraints, transcript, reader)


def check_public_values(data):
    """u32 count, per item: u32 length, label, u32 length, value."""
    reader = Reader(data)
    count = reader.number("I")
    require(count <= 1024, "too many public values")
    for _ in range(2 * count):
        length = reader.number("I")
        require(length <= 1 << 20, "public value too long")
        reader.take(length)
    reader.end()


def main():
    parser = argparse.ArgumentParser()
    for name in ("relation", "inputs", "statement", "proof"):
        parser.add_argument(name)
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--degree", type=int, choices=(4, 5), help="of K; only tests ask for one")
    parser.add_argument("--work", type=int, choices=(0, 8), help="before the lookups; likewise")
    args = parser.parse_args()
    files = (args.relation, args.inputs, args.statement, args.proof)
    relation, inputs, public_values, proof = (open(x, "rb").read() for x in files)
    try:
        check_public_values(public_values)
        statement = Statement(relation, degrees=(args.degree,) if args.degree else (4, 5),
                              works=(0, 8) if args.work is None else (args.work,))
        statement.verify(inputs, public_values, proof)
    except Rejected as check:
        print("refused: %s" % check)
        return 1
    print("accepted: degree %d, %d bytes" % (statement.params.d, len(proof)))
    for k in range(args.mutations):
        damaged = bytearray(proof)
        damaged[k * (len(proof) - 1) // max(1, args.mutations - 1)] ^= 1 << k % 8
        try:
            statement.verify(inputs, public_values, bytes(damaged))
        except Rejected:
            continue
        print("a changed bit at byte %d was accepted" % (k * (len(proof) - 1) // max(1, args.mutations - 1)))
        return 1
    if args.mutations:
        others = [(inputs, public_values[:-1] + bytes([public_values[-1] ^ 1]))]
        at = 0
        for p in statement.relation.publics:
            changed = bytearray(inputs)
            changed[at] ^= 1
            others.append((bytes(changed), public_values))
            at += 4 * p.v.shape.cells()
        for _ in statement.relation.commitments:
            changed = bytearray(inputs)
            changed[at + 40] ^= 1
            others.append((bytes(changed), public_values))
            at += 4096
        for changed in others:
            try:
                statement.verify(*changed, proof)
            except Rejected:
                continue
            print("another statement was accepted")
            return 1
        print("refused after each of %d changes" % (args.mutations + len(others)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
