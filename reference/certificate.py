"""The interval certificate (docs/protocol/relation.md section 5).

Any sound bound will do; here every view is bounded index by index, which is at least as tight as the regions, hulls and
fallbacks that the document allows, and simpler.
"""
import numpy as np

from field import H, P
from relation import Conv, Constant, IndexMap, Term, View, conv_shape, reached, window
from transcript import require

LARGE = 1 << 60  # bounds beyond this are useless, and sums of 2^12 below it stay within int64


class Bounds:
    """lo and hi of a view at every index, as int64 arrays of the view's shape (four dimensions)."""

    def __init__(self, r, view):
        self.r, self.shape, self.total = r, view.shape.full, 0
        self.lo, self.hi = np.zeros(self.shape, np.int64), np.zeros(self.shape, np.int64)
        for term in view.terms:
            if isinstance(term.op, IndexMap):
                self.add_map(view, term)
            else:
                self.add_conv(view, term)
        for c in view.constants:
            values = spread(view, c)
            self.account(max((abs(int(x)) for x in c.values), default=0))
            self.lo += values
            self.hi += values

    def account(self, size):
        self.total += size
        require(self.total < LARGE, "bound of a view leaves 60 bits")

    def add_map(self, view, term):
        t = self.r.tensors[term.tensor]
        box = reached(t.shape, view.shape, term.op)
        if box is None:
            return
        positive, negative = 1, 0
        for s, length in zip(term.op.sources, t.shape.dims):
            if s.kind != "sum":
                continue
            w = [1] * length if len(s.weights) == 0 else [int(x) for x in s.weights]
            p, n = sum(x for x in w if x > 0), sum(x for x in w if x < 0)
            positive, negative = positive * p + negative * n, positive * n + negative * p
        lo, hi = scaled(t.lo * positive + t.hi * negative, t.hi * positive + t.lo * negative, term.coeff)
        self.account(max(abs(lo), abs(hi)))
        where = tuple(slice(b, e) for b, e in box)
        self.lo[where] += lo
        self.hi[where] += hi

    def add_conv(self, view, term):
        t, conv = self.r.tensors[term.tensor], term.op
        lo, hi = t.lo, t.hi
        if reads_padding(self.r, t, view, conv):
            lo, hi = min(lo, 0), max(hi, 0)
        shape, values = self.r.weights[conv.weights]
        rows = values.reshape(shape.dims[0], -1)
        p = [int(x) for x in np.where(rows > 0, rows, 0).sum(axis=1)]
        n = [int(x) for x in np.where(rows < 0, rows, 0).sum(axis=1)]
        ends = [scaled(lo * a + hi * b, hi * a + lo * b, term.coeff) for a, b in zip(p, n)]
        self.account(max(max(abs(a), abs(b)) for a, b in ends))
        channel = view.shape.rank - 1
        along = [1] * 4
        along[channel] = len(ends)
        self.lo += np.array([a for a, _ in ends], np.int64).reshape(along)
        self.hi += np.array([b for _, b in ends], np.int64).reshape(along)

    def hull(self):
        return int(self.lo.min()), int(self.hi.max())


def scaled(lo, hi, factor):
    return (lo * factor, hi * factor) if factor >= 0 else (hi * factor, lo * factor)


def spread(view, constant):
    dims = [view.shape.full[d] if constant.mask >> d & 1 else 1 for d in range(4)]
    return constant.values.reshape(dims)


def reads_padding(r, tensor, view, conv):
    kernel = r.weights[conv.weights][0].dims[1:-1]
    lengths = conv_shape(tensor, conv)
    for d in range(conv.spatial):
        first = -conv.pad[d]
        last = conv.stride[d] * (view.shape.dims[d] - 1) + conv.dilation[d] * (kernel[d] - 1) - conv.pad[d]
        if first < 0 or last >= lengths[d]:
            return True
    return False


def same_map(a, b):
    return a.begin == b.begin and a.end == b.end and len(a.sources) == len(b.sources) and all(
        (s.kind, s.out_dim, s.stride, s.offset, list(s.weights)) == (u.kind, u.out_dim, u.stride, u.offset, list(u.weights))
        for s, u in zip(a.sources, b.sources))


def same_op(a, b):
    return type(a) is type(b) and (a == b if isinstance(a, Conv) else same_map(a, b))


def same_view(a, b):
    return (a.shape.dims == b.shape.dims and len(a.terms) == len(b.terms) and len(a.constants) == len(b.constants)
            and all(x.tensor == y.tensor and x.coeff == y.coeff and same_op(x.op, y.op)
                    for x, y in zip(a.terms, b.terms))
            and all(x.mask == y.mask and np.array_equal(x.values, y.values) for x, y in zip(a.constants, b.constants)))


def difference(a, b):
    """The view a - b; equal terms cancel, exactly.  Coefficients may leave int32: this is no data, only a bound."""
    terms = [Term(t.tensor, t.coeff, t.op) for t in a.terms]
    for t in b.terms:
        for u in terms:
            if u.tensor == t.tensor and same_op(u.op, t.op):
                u.coeff -= t.coeff
                break
        else:
            terms.append(Term(t.tensor, -t.coeff, t.op))
    constants = a.constants + [Constant(c.mask, -c.values) for c in b.constants]
    return View(a.shape, [t for t in terms if t.coeff != 0], constants)


def without(view, index):
    return View(view.shape, view.terms[:index] + view.terms[index + 1 :], view.constants)


def tensors_of(*views):
    return [t.tensor for v in views for t in v.terms]


def shown(r, view, term):
    """(where, cells): the box of outputs at which a map shows one cell of its tensor each, and those cells' numbers."""
    if not isinstance(term.op, IndexMap) or abs(term.coeff) != 1:
        return None
    if any(s.kind == "sum" for s in term.op.sources):
        return None
    shape = r.tensors[term.tensor].shape
    box = reached(shape, view.shape, term.op)
    if box is None:
        return None
    cells = np.zeros([e - b for b, e in box], np.int64)
    for s, length in zip(term.op.sources, shape.dims):
        index = s.offset
        if s.kind == "affine":
            along = [1] * 4
            along[s.out_dim] = -1
            index = (s.stride * np.arange(*box[s.out_dim]) + s.offset).reshape(along)
        cells = cells * length + index
    return tuple(slice(b, e) for b, e in box), cells


class Certifier:
    def __init__(self, r):
        self.r = r
        self.enforced = set(r.multiplicities)  # never read by a view, their ranges never used
        self.known = {}  # tensor -> (lo, hi) per cell from the rules that have spoken
        self.used = set()

    def tell(self, tensor, where_cells, lo, hi):
        """Every cell lies in its J = [lo, hi], if that lies in [-h, h]."""
        if tensor not in self.known:
            n = self.r.tensors[tensor].shape.cells()
            self.known[tensor] = np.full(n, -LARGE), np.full(n, LARGE)
        cells, lo, hi = (np.broadcast_to(x, where_cells.shape).ravel() for x in (where_cells, lo, hi))
        good = (lo >= -H) & (hi <= H)
        np.maximum.at(self.known[tensor][0], cells[good], lo[good])
        np.minimum.at(self.known[tensor][1], cells[good], hi[good])
        t = self.r.tensors[tensor]
        if np.all(self.known[tensor][0] >= t.lo) and np.all(self.known[tensor][1] <= t.hi):
            self.enforced.add(tensor)

    def speak(self, name, view, others, rule):
        """Tries a rule on the one tensor of `view` that is not yet enforced; others: views of the same constraint."""
        for i, term in enumerate(view.terms):
            t = term.tensor
            if t in self.enforced or (name, i) in self.used:
                continue
            everything = tensors_of(view, *others)
            if everything.count(t) != 1 or any(x not in self.enforced for x in everything if x != t):
                continue
            box = shown(self.r, view, term)
            if box is None:
                continue
            self.used.add((name, i))
            lo, hi = rule(without(view, i))
            if lo is None:
                continue
            if term.coeff < 0:
                lo, hi = -hi, -lo
            at = lambda x: x[box[0]] if np.ndim(x) else x
            self.tell(t, box[1], at(lo), at(hi))

    def lookup(self, n, l):
        keys, values = (x.astype(object) for x in self.r.tables[l.table])
        keys = keys << l.shift

        def minus(lo, hi):
            def rule(rest):
                b = Bounds(self.r, rest)
                return lo - b.hi, hi - b.lo
            return rule

        self.speak(("key", n), l.key, [], minus(int(min(keys)), int(max(keys))))
        if l.value is None:
            return
        self.speak(("value", n), l.value, [], minus(int(min(values)), int(max(values))))
        self.speak(("rows", n), l.value, [l.key], lambda rest: self.rows(l, keys, values, rest))

    def rows(self, l, keys, values, rest):
        if not rest.terms:
            return None, None
        key_lo, key_hi = Bounds(self.r, l.key).hull()
        if key_lo < -H or key_hi > H or min(keys) < -H or max(keys) > H:
            return None, None
        rest_lo, rest_hi = Bounds(self.r, rest).hull()
        gap_lo, gap_hi = Bounds(self.r, difference(l.key, rest)).hull()
        lo = np.maximum(keys - gap_hi, rest_lo)
        hi = np.minimum(keys - gap_lo, rest_hi)
        some = lo <= hi
        if not np.any(some):
            return None, None
        return int(min((values - hi)[some])), int(max((values - lo)[some]))

    def sum_of_products(self, p):
        a, b = Bounds(self.r, p.a), Bounds(self.r, p.b)
        for x in (a, b):
            require(max(abs(v) for v in x.hull()) < 1 << 31, "factor of a product leaves 32 bits")
        corners = [x * y for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
        lo, hi = np.minimum.reduce(corners), np.maximum.reduce(corners)
        if same_view(p.a, p.b):
            lo = np.where((a.lo <= 0) & (a.hi >= 0), 0, np.minimum(a.lo**2, a.hi**2))
            hi = np.maximum(a.lo**2, a.hi**2)
        inner = tuple(range(p.c.shape.rank, 4))
        count = int(np.prod([p.a.shape.full[d] for d in inner]))
        require(max(abs(int(lo.min())), abs(int(hi.max()))) * count < LARGE, "sum of products leaves 60 bits")
        return lo.sum(axis=inner, keepdims=True), hi.sum(axis=inner, keepdims=True)

    def product(self, n, p):
        def rule(rest):
            lo, hi = self.sum_of_products(p)
            b = Bounds(self.r, rest)
            return lo - b.hi, hi - b.lo

        self.speak(("product", n), p.c, [p.a, p.b], rule)
        if same_view(p.a, p.b) and same_view(p.a, p.c) and len(p.c.terms) == 1 and not p.c.constants:
            term = p.c.terms[0]
            box = shown(self.r, p.c, term)
            if box is not None and term.coeff == 1 and term.tensor not in self.enforced:
                self.tell(term.tensor, box[1], np.int64(0), np.int64(1))

    def equality(self, n, v):
        def rule(rest):
            b = Bounds(self.r, rest)
            return -b.hi, -b.lo

        self.speak(("equality", n), v, [], rule)

    def public_input(self, n, p):
        def rule(rest):
            b = Bounds(self.r, rest)
            return p.lo - b.hi, p.hi - b.lo

        self.speak(("public input", n), p.v, [], rule)

    def run(self):
        r, before = self.r, -1
        while before != len(self.enforced):
            before = len(self.enforced)
            for n, l in enumerate(r.lookups):
                self.lookup(n, l)
            for n, p in enumerate(r.products):
                self.product(n, p)
            for n, v in enumerate(r.equalities):
                self.equality(n, v)
            for n, p in enumerate(r.publics):
                self.public_input(n, p)
        missing = [i for i in range(len(r.tensors)) if i not in self.enforced]
        require(not missing, "range of a tensor is not enforced")
        self.no_wraps()

    def no_wraps(self):
        r = self.r

        def within(lo, hi, bound, check):
            require(-bound <= lo and hi <= bound, check)

        for i, t in enumerate(r.tensors):
            if i not in r.multiplicities:
                within(t.lo, t.hi, H, "claimed range leaves the field")
        for l in r.lookups:
            within(*Bounds(r, l.key).hull(), H, "key wraps")
            if l.value is not None:
                within(*Bounds(r, l.value).hull(), H, "value wraps")
            keys, values = r.tables[l.table]
            within(int(keys.min()) << l.shift, int(keys.max()) << l.shift, H, "table's keys wrap")
            within(int(values.min()), int(values.max()), H, "table's values wrap")
        for p in r.products:
            lo, hi = self.sum_of_products(p)
            c = Bounds(r, p.c)
            within(int((lo - c.hi).min()), int((hi - c.lo).max()), P - 1, "product wraps")
        for v in r.equalities:
            within(*Bounds(r, v).hull(), P - 1, "equality wraps")
        for p in r.publics:
            within(p.lo, p.hi, H, "public input's range leaves the field")
            lo, hi = Bounds(r, p.v).hull()
            within(min(lo, lo - p.hi), max(hi, hi - p.lo), P - 1, "public input wraps")
        for c in r.commitments:
            salt = r.tensors[c.salt]
            require((salt.lo, salt.hi) == (-512, 511), "range of a salt")
            for t in c.tensors:
                require(-2048 <= r.tensors[t].lo and r.tensors[t].hi < 2048, "a committed tensor of more than 12 bits")


def certify(r):
    Certifier(r).run()
