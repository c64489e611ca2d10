#!/usr/bin/env python3
"""A second verifier of the opening, written from docs/protocol/commitment.md and transcript.md.

Plain Python, no dependencies, slow on purpose: every line is an equation of the documents.  It
checks the statement of tests/proof/commit/statement.h ("masked x, y, p with x y = p; masked s with
s = e w(z)"):

    opening_verifier.py tests/golden/opening.json tests/golden/opening.proof.bin
"""
import hashlib
import json
import math
import struct
import sys

P = 2**31 - 2**24 + 1
H_SIZE = 256


class Rejected(Exception):
    pass


def require(condition, check):
    if not condition:
        raise Rejected(check)


# ---- K = F[x]/(f), elements are lists of d coefficients ----
class Field:
    def __init__(self, d):
        self.d = d
        self.zero, self.one = [0] * d, [1] + [0] * (d - 1)

    def add(self, a, b):
        return [(x + y) % P for x, y in zip(a, b)]

    def sub(self, a, b):
        return [(x - y) % P for x, y in zip(a, b)]

    def scale(self, a, s):
        return [x * s % P for x in a]

    def mul(self, a, b):
        c = [0] * (2 * self.d - 1)
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                c[i + j] += x * y
        for i in reversed(range(self.d, len(c))):  # x^4 = 3;  x^5 = 1 - x^2
            if self.d == 4:
                c[i - 4] += 3 * c[i]
            else:
                c[i - 5] += c[i]
                c[i - 3] -= c[i]
        return [x % P for x in c[: self.d]]

    def eq_table(self, z):
        table = [self.one]
        for r in z:  # variable 0 is the most significant bit
            one_minus = self.sub(self.one, r)
            table = [self.mul(t, w) for t in table for w in (one_minus, r)]
        return table

    def evaluate(self, coefficients, x):  # x in F
        total = self.zero
        for c in reversed(coefficients):
            total = self.add(self.scale(total, x), c)
        return total

    def inner(self, a, b):
        total = self.zero
        for x, y in zip(a, b):
            total = self.add(total, self.mul(x, y))
        return total


# ---- docs/protocol/transcript.md ----
class Transcript:
    def __init__(self):
        self.h = hashlib.blake2b(b"voizk transcript v1").digest()

    def absorb(self, kind, label, payload):
        data = bytes([kind, len(label)]) + label + struct.pack("<Q", len(payload)) + payload
        self.h = hashlib.blake2b(self.h + data).digest()

    def words(self):
        counter = 0
        while True:
            yield from struct.unpack(
                "<16I", hashlib.blake2b(self.h + b"sq" + struct.pack("<Q", counter)).digest())
            counter += 1

    def field(self, d, label, count):
        self.absorb(0x80 + d, label, struct.pack("<Q", count))
        below = (w & 0x7FFFFFFF for w in self.words() if w & 0x7FFFFFFF < P)
        return [[next(below) for _ in range(d)] for _ in range(count)]

    def indices(self, label, n, t):
        self.absorb(0x90, label, struct.pack("<QQ", n, t))
        words, found = self.words(), set()
        while len(found) < t:
            v = next(words) & ((1 << (n - 1).bit_length()) - 1)
            if v < n:
                found.add(v)
        return sorted(found)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        require(self.at + size <= len(self.data), "bytes missing")
        self.at += size
        return self.data[self.at - size : self.at]

    def elements(self, d, count):
        words = canonical(self.take(4 * d * count))
        return [list(words[i : i + d]) for i in range(0, len(words), d)]


def canonical(data):
    words = struct.unpack("<%dI" % (len(data) // 4), data)
    require(all(w < P for w in words), "not canonical")
    return words


# ---- commitment.md section 1 ----
class Params:
    def __init__(self, d, log_w, log_n, t, cells, pads, triples):
        self.d, self.log_w, self.log_n, self.t = d, log_w, log_n, t
        self.cells, self.pads, self.triples = cells, pads, triples
        self.b = max(1, (cells - 1).bit_length())
        self.w, self.n = 1 << log_w, 1 << log_n
        self.k, self.kp = self.w + t, H_SIZE + t
        self.k1, self.k2 = self.kp + 255, 2 * self.kp - 1
        self.rows = -(-cells // self.w)
        self.pad_rows, self.triple_rows = -(-pads // 256), -(-triples // 256)
        self.m = self.pad_rows + 3 * self.triple_rows
        self.words = self.rows + d * (1 + self.m + 3)

    def query_bits(self):
        rate = max(self.k, self.k1, self.k2) / self.n
        return -math.log2((1 + rate) / 2) * self.t

    def allowed(self):
        return 2 * self.k2 <= self.n and 2 * self.k <= self.n

    def size(self):
        elements = self.pads + self.k + self.kp + self.k1 + self.k2 - 256
        siblings = self.t * max(1, self.log_n - math.log2(self.t))
        return elements * 4 * self.d + self.t * (32 + 4 * self.words) + 32 * (1 + siblings)

    def absorb(self, transcript):
        transcript.absorb(0x01, b"commit params", struct.pack(
            "<4IQ5I", self.d, self.log_w, self.log_n, self.t, self.cells, self.b, self.rows, 256,
            self.pads, self.triples))


def choose_params(cells, pads, triples, d, bits):
    best = None
    for log_w in range(1, min(max(1, (cells - 1).bit_length()), 18) + 1):
        for t in range(1, 513):
            p = Params(d, log_w, max(12, log_w + 2), t, cells, pads, triples)
            if p.query_bits() >= bits:
                if p.allowed() and (best is None or p.size() < best.size()):
                    best = p
                break
    return best


def rev(x, bits):
    return int(format(x, "0%db" % bits)[::-1], 2) if bits else 0


# ---- Merkle multiproof ----
def merkle_root(log_n, leaves, reader):
    level = leaves  # position -> digest
    for _ in range(log_n):
        above = {}
        for i in sorted(level):
            if i // 2 in above:
                continue
            sibling = level[i ^ 1] if i ^ 1 in level else reader.take(32)
            pair = level[i] + sibling if i % 2 == 0 else sibling + level[i]
            above[i // 2] = hashlib.sha256(b"\x01" + pair).digest()
        level = above
    return level[0]


# ---- masked scalars: affine forms {variable: coefficient}, the constant under "1" ----
class Constraints:
    def __init__(self, field, params, plan):
        self.f, self.p, self.plan = field, params, plan
        self.pad, self.triple, self.list = 0, 0, []

    def receive(self, reader, transcript, label):
        data = reader.data[reader.at : reader.at + 4 * self.f.d]
        sent = reader.elements(self.f.d, 1)[0]
        transcript.absorb(0x10 + self.f.d, label, data)
        self.pad += 1
        return {"1": sent, ("pad", self.pad - 1): self.f.one}

    def product(self, x, y):
        e, self.triple = self.triple, self.triple + 1
        return {"1": self.f.mul(x["1"], y["1"]), ("x", e): y["1"], ("y", e): x["1"],
                ("z", e): self.f.one}

    def require_zero(self, *parts):  # sum of factor * form
        total = {}
        for factor, form in parts:
            for var, c in form.items():
                total[var] = self.f.add(total.get(var, self.f.zero), self.f.mul(factor, c))
        self.list.append(total)

    def combine(self, r1):
        """Values on H of each A^_i by position, and sum_c r1^c b_c."""
        f, p = self.f, self.p
        require(self.pad == p.pads and self.triple == p.triples, "plan not used up")
        for e, (x, y) in enumerate(self.plan):
            self.list.append({("x", e): f.one, ("pad", x): f.sub(f.zero, f.one)})
            self.list.append({("y", e): f.one, ("pad", y): f.sub(f.zero, f.one)})
        rows = [[f.zero] * H_SIZE for _ in range(p.m)]
        target, power = f.zero, r1
        for form in self.list:
            for var, c in form.items():
                if var == "1":
                    target = f.sub(target, f.mul(power, c))
                    continue
                kind, index = var
                row, q = index // 256, index % 256
                if kind != "pad":
                    row = p.pad_rows + 3 * row + "xyz".index(kind)
                rows[row][q] = f.add(rows[row][q], f.mul(power, c))
            power = f.mul(power, r1)
        return rows, target


def at_point_from_h(f, values, x):
    """Value at x of the polynomial with these values on H: Lagrange on the 256th roots of unity."""
    eta = pow(3, (P - 1) // H_SIZE, P)
    vanishing = (pow(x, H_SIZE, P) - 1) * pow(H_SIZE, -1, P) % P
    total = f.zero
    for q, value in enumerate(values):
        if any(value):
            point = pow(eta, rev(q, 8), P)
            weight = vanishing * point * pow(x - point, -1, P) % P
            total = f.add(total, f.scale(value, weight))
    return total


# ---- commitment.md section 2 ----
def verify_opening(f, p, root, z, e, claim, constraints, transcript, reader):
    d, minus_one = f.d, f.sub(f.zero, f.one)

    def receive(label, count):
        start = reader.at
        elements = reader.elements(d, count)
        transcript.absorb(0x10 + d, label, reader.data[start : reader.at])
        return elements

    a, b = f.eq_table(z[: p.b - p.log_w]), f.eq_table(z[p.b - p.log_w :])
    v = constraints.receive(reader, transcript, b"v")
    constraints.require_zero((f.one, claim), (f.sub(f.zero, e), v))
    mu = constraints.receive(reader, transcript, b"mu")
    gamma = transcript.field(d, b"gamma", 1)[0]
    u = receive(b"u", p.k)
    constraints.require_zero((f.one, {"1": f.inner(b, u)}), (minus_one, mu),
                             (f.sub(f.zero, gamma), v))
    r0 = transcript.field(d, b"r0", p.m)
    r1 = transcript.field(d, b"r1", 1)[0]
    r2 = transcript.field(d, b"r2", 1)[0]
    weights, target = constraints.combine(r1)
    y0, y1, y2 = receive(b"y0", p.kp), receive(b"y1", p.k1), receive(b"y2", p.k2 - 256)
    total = f.zero
    for j in range(0, p.k1, H_SIZE):
        total = f.add(total, f.scale(y1[j], H_SIZE))
    require(total == target, "linear constraints do not hold")

    positions = transcript.indices(b"columns", p.n, p.t)
    columns, leaves = [], {}
    for x in positions:
        salt, cells = reader.take(32), reader.take(4 * p.words)
        leaves[x] = hashlib.sha256(
            b"\0" + struct.pack("<I", x) + bytes(27) + salt + cells).digest()
        columns.append(cells)
    require(merkle_root(p.log_n, leaves, reader) == root, "columns not under the root")
    require(reader.at == len(reader.data), "bytes left over")

    omega = pow(3, (P - 1) // p.n, P)
    for x, cells in zip(positions, columns):
        values = canonical(cells)
        point = 3 * pow(omega, rev(x, p.log_n), P) % P
        rows = values[: p.rows]
        words = [list(values[i : i + d]) for i in range(p.rows, len(values), d)]
        g, tableau, (h0, h1, h2) = words[0], words[1 : 1 + p.m], words[1 + p.m :]
        combined = f.zero
        for weight, cell in zip(a, rows):
            combined = f.add(combined, f.scale(weight, cell))
        require(f.evaluate(u, point) == f.add(g, f.mul(gamma, combined)), "row combination")
        low, linear = h0, h1
        for i, value in enumerate(tableau):
            low = f.add(low, f.mul(r0[i], value))
            linear = f.add(linear, f.mul(at_point_from_h(f, weights[i], point), value))
        require(f.evaluate(y0, point) == low, "low degree")
        require(f.evaluate(y1, point) == linear, "linear")
        quadratic, power = h2, f.one
        for i in range(p.pad_rows, p.m, 3):
            power = f.mul(power, r2)
            xe, ye, ze = tableau[i : i + 3]
            quadratic = f.add(quadratic, f.mul(power, f.sub(f.mul(xe, ye), ze)))
        vanishing = (pow(point, H_SIZE, P) - 1) % P
        require(f.scale(f.evaluate(y2, point), vanishing) == quadratic, "quadratic")


def verify_statement(public, proof):
    f = Field(public["degree"])
    products = public["products"]
    plan = [(3 * i, 3 * i + 1) for i in range(products)]
    p = choose_params(public["cells"], 3 * products + 3, products, f.d, public["query_bits"])
    transcript, reader = Transcript(), Reader(proof)
    transcript.absorb(0x01, b"statement", b"opening test")
    p.absorb(transcript)
    root = reader.take(32)
    transcript.absorb(0x03, b"root", root)
    constraints = Constraints(f, p, plan)
    minus_one = f.sub(f.zero, f.one)
    for _ in range(products):
        x, y, xy = (constraints.receive(reader, transcript, c) for c in (b"x", b"y", b"p"))
        constraints.require_zero((f.one, constraints.product(x, y)), (minus_one, xy))
    s = constraints.receive(reader, transcript, b"s")
    verify_opening(f, p, root, public["z"], public["e"], s, constraints, transcript, reader)
    return p


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
