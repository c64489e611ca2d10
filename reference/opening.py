"""Masked scalars, pad tableau and opening (docs/protocol.md section 3, docs/protocol/commitment.md)."""
import hashlib
import struct

import numpy as np

from field import P, UP
from transcript import canonical, require

H_SIZE = 256


# ---- commitment.md section 1: parameters ----
class Params:
    def __init__(self, d, log_w, t, cells, pads, triples, response_t):
        self.d, self.log_w, self.log_n, self.t = d, log_w, max(12, log_w + 2), t
        self.cells, self.pads, self.triples = cells, pads, triples
        self.b = max(1, (cells - 1).bit_length())
        self.work = 0
        self.w, self.n = 1 << log_w, 1 << self.log_n
        self.k, self.kp = self.w + t, H_SIZE + t
        self.k1, self.k2 = self.kp + 255, 2 * self.kp - 1
        self.rows = -(-cells // self.w)
        self.pad_rows, self.triple_rows = -(-pads // 256), -(-triples // 256)
        self.m = self.pad_rows + 3 * self.triple_rows
        self.words = self.rows + d * (1 + self.m + 3)
        # The responses Y = u' | y0 | y1 | q2: "response_" is the prime of the documents.
        self.response_t = response_t
        self.response_log_w = max(9, (log_w + 7) // 2)
        self.response_w, self.response_log_n = 1 << self.response_log_w, self.response_log_w + 3
        self.response_n = 1 << self.response_log_n
        self.parts = (self.k, self.kp, self.k1, self.k2 - 256)
        self.response_rows, self.response_b = self.response_shape(t)

    def response_shape(self, t):
        """R' and b' for t queries."""
        rows = -(-(self.w + 5 * t + 1022) // self.response_w)
        return rows, (rows - 1).bit_length()

    def query_error(self, dimension):
        return power((self.n + dimension) << 63 - self.log_n, self.t)

    def allowed(self):
        return 2 * self.k2 <= self.n and 2 * self.k <= self.n and self.log_n <= 20 and self.rows <= 1 << 24

    def size(self):
        elements = self.pads + 2 + 2 * self.response_b + self.response_w + self.response_rows * self.response_t
        siblings = siblings_near(self.t, self.log_n) + siblings_near(self.response_t, self.response_log_n)
        return elements * 4 * self.d + self.t * (32 + 4 * self.words) + 32 * (2 + siblings)

    def cost(self):
        return self.size() + self.n // 8 + self.response_n // 8

    def absorb(self, transcript):
        transcript.absorb(0x01, b"commit params", struct.pack(
            "<6IQ6I", self.d, self.log_w, self.log_n, self.t, self.response_log_w, self.response_t, self.cells, self.b,
            self.rows, 256, self.pads, self.triples, self.work))

    def total_error(self, counts):
        """Sum of the table of protocol.md section 5 in units of 2^-192."""
        h = counts["lookup_bits"]
        algebraic = [
            3 * h * (h - 1) // 2 + 2 * h, counts["output_bits"],
            3 * counts["product_bits"], 4, 2 * counts["cell_bits"], 1, ((self.rows - 1).bit_length() + 2) * self.n,
            2 * self.n, counts["constraints"] + 2 * self.triples, self.triple_rows]
        b = self.response_shape(512)[1]
        algebraic += [2049, 2 * b, b * self.response_n]
        unit = -(-(1 << 192) // P**self.d)
        fingerprint = -(-max(counts["leaves"] - 1, 0) * unit >> self.work)
        queries = [self.query_error(q) for q in (self.k, self.kp, self.k1, self.k2)]
        queries.append(response_error(self.response_t))
        return fingerprint + sum(algebraic) * unit + sum(shifted(m, e + 192) for m, e in queries)


def power(mantissa, t):
    """(mantissa 2^-64)^t as (mantissa, exponent), every product rounded up to 64 bits."""
    result = (1 << 63, -63)
    for bit in bin(t)[2:]:
        result = times(result, result)
        if bit == "1":
            result = times(result, (mantissa, -64))
    return result


def response_error(t):
    return power(9 << 60, t)  # (9/16)^t


def at_most(error, bits):
    """error <= 2^-bits"""
    return error[::-1] <= (-63 - bits, 1 << 63)


def siblings_near(t, log_n):
    return t * max(1, log_n - (t.bit_length() - 1))


def times(a, b):
    product = a[0] * b[0]
    shift = 64 if product >> 127 else 63
    mantissa, exponent = -(-product >> shift), a[1] + b[1] + shift
    return (1 << 63, exponent + 1) if mantissa >> 64 else (mantissa, exponent)


def shifted(mantissa, shift):
    return mantissa << shift if shift >= 0 else -(-mantissa >> -shift)


def choose_params(cells, pads, triples, d, bits, accepts):
    best = None
    response_t = next(t for t in range(1, 513) if at_most(response_error(t), bits + 4))
    for log_w in range(1, min(max(1, (cells - 1).bit_length()), 18) + 1):
        make = lambda t: Params(d, log_w, t, cells, pads, triples, response_t)
        refused, accepted = 0, 513
        while accepted - refused > 1:  # errors fall with t, as far as it is allowed
            t = (refused + accepted) // 2
            if make(t).allowed() and not accepts(make(t)):
                refused = t
            else:
                accepted = t
        if accepted == 513 or not (make(accepted).allowed() and accepts(make(accepted))):
            continue
        if best is None or make(accepted).cost() < best.cost():
            best = make(accepted)
    return best


def choose_secure_params(cells, pads, triples, counts, degrees=(4, 5), works=(0, 8)):
    def choose(d, work):
        def accepts(p):
            p.work = work
            return p.total_error(counts) <= 1 << 92
        p = choose_params(cells, pads, triples, d, 100, accepts)
        if p is not None:
            p.work = work
        return p

    found = {}
    for d in degrees:
        p = choose(d, works[0]) or (choose(d, works[1]) if d == 4 and len(works) > 1 else None)
        if p is not None:
            found[d] = p
    require(found, "no parameters reach 100 bits")
    if len(found) == 2:
        return found[4] if found[4].cost() <= found[5].cost() + counts["leaves"] // 64 else found[5]
    return next(iter(found.values()))


# ---- affine forms: {variable: coefficient}, the constant under "1" ----
class Constraints:
    def __init__(self, field):
        self.f = field
        self.pads, self.plan, self.list = 0, [], []

    def receive(self, reader, transcript, label):
        """P -> V [s]: a form, and the number of its pad under "pad"."""
        start = reader.at
        sent = reader.elements(self.f.d, 1)[0]
        transcript.absorb(0x10 + self.f.d, label, reader.data[start : reader.at])
        self.pads += 1
        return {"1": sent, ("pad", self.pads - 1): self.f.one}

    def product(self, x, y):
        """[x][y] of two sent scalars."""
        e = len(self.plan)
        self.plan.append(tuple(next(v[1] for v in form if v != "1") for form in (x, y)))
        return {"1": self.f.mul(x["1"], y["1"]), ("x", e): y["1"], ("y", e): x["1"], ("z", e): self.f.one}

    def combination(self, *parts):
        """Sum of factor * form."""
        total = {}
        for factor, form in parts:
            for var, c in form.items():
                term = self.f.mul(factor, c)
                total[var] = self.f.add(total[var], term) if var in total else term
        return total

    def require_zero(self, *parts):
        self.list.append(self.combination(*parts))

    def combine(self, p, r1):
        """The values of each A^_i on H, by position, and sum_c r1^c b_c."""
        f = self.f
        require(self.pads == p.pads and len(self.plan) == p.triples, "plan not used up")
        for e, (x, y) in enumerate(self.plan):
            self.list.append({("x", e): f.one, ("pad", x): f.neg(f.one)})
            self.list.append({("y", e): f.one, ("pad", y): f.neg(f.one)})
        rows = np.zeros((p.m, H_SIZE, f.d), np.uint64)
        target, power = f.zero, r1
        for form in self.list:
            for var, c in form.items():
                if var == "1":
                    target = f.sub(target, f.mul(power, c))
                    continue
                kind, index = var
                row, q = index // H_SIZE, index % H_SIZE
                if kind != "pad":
                    row = p.pad_rows + 3 * row + "xyz".index(kind)
                rows[row][q] = f.add(rows[row][q], f.mul(power, c))
            power = f.mul(power, r1)
        return rows, target


def rev(x, bits):
    return int(format(x, "0%db" % bits)[::-1], 2) if bits else 0


def lagrange_on_h(points):
    """(points, 256): weights at points of F of the values on H, in the order of positions."""
    eta = pow(3, (P - 1) // H_SIZE, P)
    nodes = [pow(eta, rev(q, 8), P) for q in range(H_SIZE)]
    inverse_size = pow(H_SIZE, -1, P)
    out = np.zeros((len(points), H_SIZE), np.uint64)
    for i, x in enumerate(points):
        vanishing = (pow(x, H_SIZE, P) - 1) * inverse_size % P
        out[i] = [vanishing * node % P * pow(x - node, -1, P) % P for node in nodes]
    return out


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


def leaf(x, salt, data):
    return hashlib.sha256(b"\0" + struct.pack("<I", x) + bytes(27) + salt + data).digest()


# ---- commitment.md section 2 ----
def verify_opening(f, p, root, z, e, claim, constraints, transcript, reader):
    d = f.d

    def receive(label, count):
        start = reader.at
        elements = reader.elements(d, count)
        transcript.absorb(0x10 + d, label, reader.data[start : reader.at])
        return elements

    a, b = f.eq_table(z[: p.b - p.log_w]), f.eq_table(z[p.b - p.log_w :])
    v = constraints.receive(reader, transcript, b"v")
    constraints.require_zero((f.one, claim), (f.neg(e), v))
    mu = constraints.receive(reader, transcript, b"mu")
    gamma = transcript.field(d, b"gamma", 1)[0]
    combined_at_z = receive(b"combined", 1)[0]
    constraints.require_zero((f.one, {"1": combined_at_z}), (f.neg(f.one), mu), (f.neg(gamma), v))
    r0 = transcript.field(d, b"r0", p.m)
    r1 = transcript.field(d, b"r1", 1)[0]
    r2 = transcript.field(d, b"r2", 1)[0]
    weights, target = constraints.combine(p, r1)
    total = receive(b"sum", 1)[0]
    require(np.array_equal(total, target), "linear constraints do not hold")
    responses = reader.take(32)
    transcript.absorb(0x03, b"responses", responses)
    positions = transcript.indices(b"columns", p.n, p.t)
    zeta = transcript.field(d, b"claims", 1)[0]
    rounds, r = [], []
    for _ in range(p.response_b):
        rounds.append((receive(b"fold s(0)", 1)[0], receive(b"fold s(2)", 1)[0]))
        r.append(transcript.field(d, b"fold r", 1)[0])
    fold = receive(b"fold", p.response_w)
    response_positions = transcript.indices(b"response columns", p.response_n, p.response_t)

    cells, leaves = [], {}
    for x in positions:
        salt, data = reader.take(32), reader.take(4 * p.words)
        leaves[x] = leaf(x, salt, data)
        cells.append(canonical(data))
    response_cells, response_leaves = [], {}
    for x in response_positions:
        data = reader.take(4 * d * p.response_rows)
        response_leaves[x] = leaf(x, bytes(32), data)
        response_cells.append(canonical(data).reshape(-1, d))
    require(merkle_root(p.log_n, leaves, reader) == root, "columns not under the root")
    require(merkle_root(p.response_log_n, response_leaves, reader) == responses, "columns of the responses")
    reader.end()

    omega = pow(3, (P - 1) // p.n, P)
    points = [3 * pow(omega, rev(x, p.log_n), P) % P for x in positions]
    cells = np.stack(cells)
    rows = cells[:, : p.rows]  # (t, R)
    words = cells[:, p.rows :].reshape(p.t, -1, d)
    g, tableau, masks = words[:, 0], words[:, 1 : 1 + p.m], words[:, 1 + p.m :]
    combined = f.sum(f.scale(a[None, : p.rows], rows), axis=1)
    u_at = f.add(g, f.mul(gamma, combined))
    y0_at = f.add(masks[:, 0], f.sum(f.mul(r0[None], tableau), axis=1))
    at_points = np.stack(
        [f.sum(f.scale(weights, w[None, :]), axis=1) for w in lagrange_on_h(points)])  # A^_i(X): (t, m, d)
    y1_at = f.add(masks[:, 1], f.sum(f.mul(at_points, tableau), axis=1))
    y2_at, power_of_r2 = masks[:, 2], f.one
    for i in range(p.pad_rows, p.m, 3):
        power_of_r2 = f.mul(power_of_r2, r2)
        xe, ye, ze = tableau[:, i], tableau[:, i + 1], tableau[:, i + 2]
        y2_at = f.add(y2_at, f.mul(power_of_r2, f.sub(f.mul(xe, ye), ze)))
    vanishing = [(pow(x, H_SIZE, P) - 1) % P for x in points]

    # The claims on Y, each with its power of zeta: coefficients C and right side S.
    c = np.zeros((p.response_rows * p.response_w, d), np.uint64)
    c[: p.w] = b
    starts = np.cumsum((0,) + p.parts)
    c[starts[2] : starts[3] : H_SIZE] = f.scale(zeta, H_SIZE)
    s, weight = f.add(combined_at_z, f.mul(zeta, total)), f.mul(zeta, zeta)
    for k, x in enumerate(points):
        powers = np.ones(max(p.parts), np.uint64)
        known = 1
        while known < len(powers):  # x^0 .. x^(known - 1) give the next `known`
            more = min(known, len(powers) - known)
            powers[known : known + more] = powers[:more] * np.uint64(pow(x, known, P)) % UP
            known += more
        for part, (value, scale) in enumerate(
                ((u_at[k], 1), (y0_at[k], 1), (y1_at[k], 1), (y2_at[k], vanishing[k]))):
            at = slice(starts[part], starts[part + 1])
            c[at] = f.add(c[at], f.scale(f.scale(weight, scale)[None], powers[: p.parts[part]]))
            s = f.add(s, f.mul(weight, value))
            weight = f.mul(weight, zeta)

    # The sum-check over the rows of Y, and what is left of it: <c', phi>.
    for (at_0, at_2), x in zip(rounds, r):
        l0, l1, l2 = f.lagrange((0, 1, 2), x)
        s = f.add(f.add(f.mul(l0, at_0), f.mul(l1, f.sub(s, at_0))), f.mul(l2, at_2))
    rows_at = f.eq_table(np.array(r, np.uint64))[: p.response_rows]
    folded = f.sum(f.mul(rows_at[:, None], c.reshape(p.response_rows, p.response_w, d)), axis=0)
    require(np.array_equal(f.inner(folded, fold), s), "responses")
    omega = pow(3, (P - 1) // p.response_n, P)
    response_points = [3 * pow(omega, rev(x, p.response_log_n), P) % P for x in response_positions]
    said = f.sum(f.mul(rows_at[None], np.stack(response_cells)), axis=1)
    require(np.array_equal(f.evaluate(fold, response_points), said), "fold")
