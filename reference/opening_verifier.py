#!/usr/bin/env python3
"""The opening alone (docs/protocol/commitment.md), on openings whose statement is "masked x, y, p with x y = p; masked s
with s = e w(z)" (tests/proof/commit/committed_sample.h), in degrees 4 and 5:

    opening_verifier.py tests/golden/opening.json tests/golden/opening.proof.bin
"""
import json
import sys

import numpy as np

from field import Field
from opening import Constraints, at_most, choose_params, verify_opening
from transcript import Reader, Rejected, Transcript, require


def verify_statement(public, proof):
    f = Field(public["degree"])
    products = public["products"]
    bits = public["query_bits"]
    enough = lambda p: all(at_most(p.query_error(k), bits) for k in (p.k, p.k1, p.k2))
    p = choose_params(public["cells"], 3 * products + 3, products, f.d, bits, enough)
    transcript, reader = Transcript(), Reader(proof)
    transcript.absorb(0x01, b"statement", b"opening test")
    p.absorb(transcript)
    root = reader.take(32)
    transcript.absorb(0x03, b"root", root)
    constraints = Constraints(f)
    for _ in range(products):
        x, y, xy = (constraints.receive(reader, transcript, c) for c in (b"x", b"y", b"p"))
        constraints.require_zero((f.one, constraints.product(x, y)), (f.neg(f.one), xy))
    s = constraints.receive(reader, transcript, b"s")
    z, e = (np.array(public[name], np.uint64) for name in ("z", "e"))
    verify_opening(f, p, root, z, e, s, constraints, transcript, reader)


def main():
    with open(sys.argv[1]) as file:
        statements = json.load(file)
    with open(sys.argv[2], "rb") as file:
        proofs = file.read()
    at = 0
    for public in statements:  # the proofs lie one behind the other
        proof = proofs[at : at + public["proof_bytes"]]
        at += public["proof_bytes"]
        verify_statement(public, proof)
        print("degree %d: %d bytes accepted" % (public["degree"], len(proof)))
        # A verifier that accepts everything is of no use: one changed bit at a time.
        for k in range(10):
            damaged = bytearray(proof)
            damaged[k * (len(proof) - 1) // 9] ^= 1
            try:
                verify_statement(public, bytes(damaged))
            except Rejected:
                continue
            sys.exit("a damaged proof was accepted")
    require(at == len(proofs) and at > 0, "proofs left over")


if __name__ == "__main__":
    main()
