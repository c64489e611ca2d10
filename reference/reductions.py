"""Steps 2 to 4 of docs/protocol.md section 4, and the functionals on cells they leave behind."""
import numpy as np

from field import P, signed
from certificate import spread
from lattice import commitment_at
from relation import IndexMap, LatticeCommitment, conv_shape, product_dims, window
from transcript import Rejected


# ---- relation.md section 3: a view as a functional on cells ----
def sums(f, factors):
    total = f.one
    for x in factors:
        total = f.mul(total, f.sum(x))
    return total


def values_at(f, values, factors):
    """sum_o W[o] values[o], W a product of one vector per dimension."""
    total = f.zero
    for index in np.ndindex(*values.shape[:3]):
        w = f.one
        for k in range(3):
            w = f.mul(w, factors[k][index[k]])
        total = f.add(total, f.mul(w, f.inner_base(factors[3], signed(values[index]))))
    return total


def constant_part(f, view, factors):
    """sum_o W[o] (constants of the view at o), W a product of one vector per dimension."""
    total = f.zero
    for c in view.constants:
        values = signed(spread(view, c))  # (d0 or 1, d1 or 1, ..)
        acc = np.zeros(values.shape + (f.d,), np.uint64)
        acc[..., 0] = values
        for k in range(4):
            x = factors[k] if acc.shape[0] > 1 or view.shape.full[k] == 1 else f.sum(factors[k])[None]
            shape = (len(x),) + (1,) * (acc.ndim - 2) + (f.d,)
            acc = f.sum(f.mul(acc, x.reshape(shape)), axis=0)
        total = f.add(total, acc)
    return total


def at_affine(f, out, cells, source, begin, end):
    """sum of out[o] cells[stride o + offset] over o in the window and in range."""
    o = np.arange(begin, end)
    i = source.stride * o + source.offset
    o, i = o[(i >= 0) & (i < len(cells))], i[(i >= 0) & (i < len(cells))]
    return f.inner(out[o], cells[i]) if len(o) else f.zero


def map_at(f, term, view, factors, cells):
    """sum_o W[o] sum_in C[in]: the term's functional at a point, C the cells' weights."""
    total, used = f.one, set()
    for j, s in enumerate(term.op.sources):
        c = cells[j]
        if s.kind == "const":
            x = c[s.offset]
        elif s.kind == "sum":
            x = f.sum(c) if len(s.weights) == 0 else f.inner_base(c, signed(s.weights))
        else:
            used.add(s.out_dim)
            x = at_affine(f, factors[s.out_dim], c, s, *window(view.shape, term.op, s.out_dim))
        total = f.mul(total, x)
    for j in range(len(term.op.sources), 4):
        total = f.mul(total, cells[j][0])
    for k in range(4):
        if k not in used:
            begin, end = window(view.shape, term.op, k)
            total = f.mul(total, f.sum(factors[k][begin:end]))
    return total


def correlate(f, out, cells, stride, step, pad):
    """sum over s of out[s] cells[stride s + step - pad] where that is in range."""
    s = np.arange(len(out))
    i = stride * s + step - pad
    good = (i >= 0) & (i < len(cells))
    return f.inner(out[s[good]], cells[i[good]]) if np.any(good) else f.zero


def conv_at(f, r, term, view, factors, cells):
    conv = term.op
    shape, values = r.weights[conv.weights]
    spatial, groups = conv.spatial, conv.groups
    outputs, group_in = shape.dims[0], shape.dims[-1]
    channels = cells[spatial] if len(conv_shape(r.tensors[term.tensor], conv)) > spatial else None
    w = signed(values).reshape(groups, outputs // groups, -1, group_in)  # [g][o][taps][c]
    u = factors[spatial].reshape(groups, outputs // groups, f.d)
    c = channels.reshape(groups, group_in, f.d)
    # G[tap] = sum_{g, o, c} u[g][o] W[g][o][tap][c] c[g][c]
    taps = w.shape[2]
    kernel = shape.dims[1:-1]
    at = []
    for d in range(spatial):
        at.append([correlate(f, factors[d], cells[d], conv.stride[d], conv.dilation[d] * k, conv.pad[d])
                   for k in range(kernel[d])])
    total = f.zero
    for tap in range(taps):
        where = at[0][tap] if spatial == 1 else f.mul(at[0][tap // kernel[1]], at[1][tap % kernel[1]])
        for g in range(groups):
            row = f.sum(f.scale(u[g][:, None], w[g, :, tap]), axis=0)  # (group_in, d)
            total = f.add(total, f.mul(where, f.inner(row, c[g])))
    for j in range(spatial + 1, 4):
        total = f.mul(total, cells[j][0])
    for k in range(spatial + 1, 4):
        total = f.mul(total, factors[k][0])
    return total


class Batch:
    """E(z) and S of step 4: functionals with coefficients xi^j, in their order."""

    def __init__(self, f, r, layout):
        self.f, self.r, self.layout = f, r, layout
        self.items = []  # (functional number, scalar, view or tensor, factors)
        self.sides = []  # forms

    def functional(self, side):
        self.sides.append(dict(side))
        return len(self.sides) - 1

    def add_view(self, n, scalar, view, factors):
        self.items.append((n, scalar, view, factors))
        constant = self.f.mul(scalar, constant_part(self.f, view, factors))
        self.sides[n]["1"] = self.f.sub(self.sides[n].get("1", self.f.zero), constant)

    def add_commitment(self, n, commitment, factors):
        self.items.append((n, self.f.one, commitment, factors))

    def add_tensor(self, n, tensor, factors):
        self.items.append((n, self.f.one, tensor, factors))

    def right_side(self, constraints, xi):
        parts, power = [], self.f.one
        for side in self.sides:
            parts.append((power, side))
            power = self.f.mul(power, xi)
        return constraints.combination(*parts)

    def at(self, xi, z):
        f, total = self.f, self.f.zero
        cells = {}

        def weights(tensor):
            if tensor not in cells:
                cells[tensor] = self.layout.cells.weights(f, z, tensor)
            return cells[tensor]

        powers = [f.one]
        while len(powers) < len(self.sides):
            powers.append(f.mul(powers[-1], xi))
        for n, scalar, item, factors in self.items:
            if isinstance(item, int):  # W[i] on the cells of a tensor
                value = f.one
                for x, y in zip(factors, weights(item)):
                    value = f.mul(value, f.inner(x, y))
            elif isinstance(item, LatticeCommitment):
                value = commitment_at(f, self.r, item, factors[0], weights)
            else:
                value = f.zero
                for term in item.terms:
                    c = weights(term.tensor)
                    x = (map_at(f, term, item, factors, c) if isinstance(term.op, IndexMap) else
                         conv_at(f, self.r, term, item, factors, c))
                    value = f.add(value, f.scale(x, term.coeff % P))
            total = f.add(total, f.mul(f.mul(powers[n], scalar), value))
        return total


# ---- sum-checks ----
class Run:
    def __init__(self, f, r, layout, constraints, transcript, reader):
        self.f, self.r, self.layout, self.constraints = f, r, layout, constraints
        self.transcript, self.reader = transcript, reader
        self.batch = Batch(f, r, layout)

    def scalar(self, label):
        return self.constraints.receive(self.reader, self.transcript, label)

    def challenge(self, label, count=1):
        c = self.transcript.field(self.f.d, label, count)
        return c[0] if count == 1 else c

    def combine(self, *parts):
        return self.constraints.combination(*parts)

    def lookups(self):
        f, one = self.f, self.f.one
        minus = f.neg(one)
        alpha, beta1, beta2 = self.challenge(b"lookup fingerprint", 3)
        q_root, inverse = self.scalar(b"lookup q_root"), self.scalar(b"lookup inv")
        self.constraints.require_zero((one, self.constraints.product(q_root, inverse)), (minus, {"1": one}))
        n, q, rho = {}, q_root, []
        for j in range(self.layout.lookups.bits):
            lam = self.challenge(b"lookup lambda")
            claim = self.combine((one, n), (lam, q))
            point = []
            for i in range(j):
                t0, t2 = self.scalar(b"lookup t(0)"), self.scalar(b"lookup t(2)")
                if f.is_zero(rho[i]):
                    raise Rejected("a coordinate of rho is 0")
                inverse_rho = f.inverse(rho[i])
                t1 = self.combine((inverse_rho, claim), (f.neg(f.mul(f.sub(one, rho[i]), inverse_rho)), t0))
                r = self.challenge(b"lookup r")
                claim = self.combine(*zip(f.lagrange((0, 1, 2), r), (t0, t1, t2)))
                point.append(r)
            n0, n1, q0, q1 = (self.scalar(b"lookup " + x) for x in (b"n0", b"n1", b"q0", b"q1"))
            products = [self.constraints.product(*pair) for pair in ((n0, q1), (n1, q0), (q0, q1))]
            self.constraints.require_zero((one, claim), (minus, products[0]), (minus, products[1]),
                                          (f.neg(lam), products[2]))
            nu = self.challenge(b"lookup nu")
            n = self.combine((f.sub(one, nu), n0), (nu, n1))
            q = self.combine((f.sub(one, nu), q0), (nu, q1))
            rho = [nu] + point
        self.lookup_functionals(alpha, beta1, beta2, n, q, rho)

    def lookup_functionals(self, alpha, beta1, beta2, n, q, rho):
        f, r, space, batch = self.f, self.r, self.layout.lookups, self.batch
        minus = f.neg(f.one)
        identity = lambda table: f.scale(beta2, table + 1)
        l_m = batch.functional(self.combine((minus, n)))
        l_key = batch.functional(self.combine((minus, q)))
        m_side, key_side = f.zero, f.one
        for s, lookup in enumerate(r.lookups):
            w = space.weights(f, rho, s)
            total = sums(f, w)
            m_side = f.add(m_side, total)
            shift = f.sub(f.sub(alpha, f.one), identity(lookup.table))
            key_side = f.add(key_side, f.mul(shift, total))
            batch.add_view(l_key, f.base(pow(pow(2, lookup.shift, P), -1, P)), lookup.key, w)
            if lookup.value is not None:
                batch.add_view(l_key, beta1, lookup.value, w)
        for t, (keys, values) in enumerate(r.tables):
            w = space.weights(f, rho, len(r.lookups) + t)
            shift = f.sub(f.sub(alpha, f.one), identity(t))
            row = f.sub(f.mul(shift, f.sum(w[0])), f.inner_base(w[0], signed(keys)))
            row = f.sub(row, f.mul(beta1, f.inner_base(w[0], signed(values))))
            key_side = f.add(key_side, f.mul(row, f.mul(f.mul(w[1][0], w[2][0]), w[3][0])))
            batch.add_tensor(l_m, r.multiplicities[t], w)
        for number, side in ((l_m, m_side), (l_key, key_side)):
            sides = batch.sides[number]
            sides["1"] = f.add(sides.get("1", f.zero), side)

    def products(self, inputs):
        f, r, outputs, space = self.f, self.r, self.layout.outputs, self.layout.products
        if outputs.size == 0:
            return
        tau = self.challenge(b"product tau", outputs.bits).reshape(outputs.bits, f.d)
        out = [outputs.weights(f, tau, i) for i in range(len(outputs.shapes))]
        claim = self.scalar(b"product c") if r.products else {}
        l_c = self.batch.functional(claim)
        for g, p in enumerate(r.products):
            self.batch.add_view(l_c, f.one, p.c, out[g])
        for e, v in enumerate(r.equalities):
            self.batch.add_view(l_c, f.one, v, out[len(r.products) + e])
        sides, first = self.batch.sides[l_c], len(r.products) + len(r.equalities)
        for k, p in enumerate(r.publics):
            w = out[first + k]
            self.batch.add_view(l_c, f.one, p.v, w)
            sides["1"] = f.add(sides.get("1", f.zero), values_at(f, inputs[k], w))
        for k, c in enumerate(r.commitments, len(r.publics)):
            self.batch.add_commitment(l_c, c, out[first + k])
            sides["1"] = f.add(sides.get("1", f.zero), f.inner_base(out[first + k][0], signed(inputs[k].ravel())))
        if not r.products:
            return
        point = []
        for _ in range(space.bits):
            s0, s2, s3 = (self.scalar(b"product s(%d)" % k) for k in (0, 2, 3))
            s1 = self.combine((f.one, claim), (f.neg(f.one), s0))
            x = self.challenge(b"product r")
            claim = self.combine(*zip(f.lagrange((0, 1, 2, 3), x), (s0, s1, s2, s3)))
            point.append(x)
        a, b = self.scalar(b"product A"), self.scalar(b"product B")
        l_a, l_b = self.batch.functional(a), self.batch.functional(b)
        weight = f.zero
        for g, p in enumerate(r.products):
            place, dims, value = space.weights(f, point, g), product_dims(p), f.one
            w_a, w_b = [], []
            for k in range(4):
                e = out[g][k] if k < p.c.shape.rank else np.tile(f.one, (p.a.shape.full[k], 1))
                value = f.mul(value, f.inner(e, place[k]) if dims[k] == "kept" else place[k][0])
                if dims[k] == "kept":
                    w_a.append(place[k])
                    w_b.append(place[k])
                    continue
                summed, first = f.mul(e, place[k][0][None]), np.zeros_like(e)
                first[0] = place[k][0]
                w_a.append(summed if dims[k] == "in a" else first)
                w_b.append(first if dims[k] == "in a" else summed)
            for k in range(p.c.shape.rank, 4):
                value = f.mul(value, out[g][k][0])
            weight = f.add(weight, value)
            self.batch.add_view(l_a, f.one, p.a, w_a)
            self.batch.add_view(l_b, f.one, p.b, w_b)
        self.constraints.require_zero((f.one, claim), (f.neg(weight), self.constraints.product(a, b)))

    def batching(self):
        """(z, E(z), the claim that remains)."""
        f = self.f
        xi = self.challenge(b"batch xi")
        claim, z = self.batch.right_side(self.constraints, xi), []
        for _ in range(self.layout.cells.bits):
            s0, s2 = self.scalar(b"batch s(0)"), self.scalar(b"batch s(2)")
            s1 = self.combine((f.one, claim), (f.neg(f.one), s0))
            r = self.challenge(b"batch z")
            claim = self.combine(*zip(f.lagrange((0, 1, 2), r), (s0, s1, s2)))
            z.append(r)
        return z, self.batch.at(xi, z), claim
