"""The relation as data (docs/protocol/relation.md): bytes, well-formedness, digest, layout."""
import hashlib
from dataclasses import dataclass, field

import numpy as np

import lattice

from transcript import Reader, require

MAX_ADDRESSES = 1 << 28
MAX_SPACE = 1 << 30
MAX_ITEMS = 1 << 20
MAX_TABLES = 1 << 12
MAX_ROWS = 1 << 22
MAX_TERMS = 4096
MAX_PUBLIC = 1 << 24
MAX_COEFFICIENT = 1 << 30
MAX_STEP = 1 << 28
MAX_SHIFT = 30
MAX_COMMITMENTS = 16
MAX_LATTICE = 1 << 24


def next_power_bits(n):
    return (n - 1).bit_length()


@dataclass
class Shape:
    dims: tuple  # of the rank's length

    @property
    def rank(self):
        return len(self.dims)

    @property
    def full(self):
        return tuple(self.dims) + (1,) * (4 - self.rank)

    def cells(self):
        return int(np.prod([int(d) for d in self.dims], dtype=object))

    def dim_bits(self, k):
        return next_power_bits(self.full[k])

    def inner_bits(self):
        return sum(self.dim_bits(k) for k in (1, 2, 3))

    def addresses(self):
        return self.dims[0] << self.inner_bits()


@dataclass
class Tensor:
    shape: Shape
    lo: int
    hi: int


@dataclass
class Source:
    kind: str  # const, affine, sum
    out_dim: int
    stride: int
    offset: int
    weights: np.ndarray


@dataclass
class IndexMap:
    sources: list
    begin: tuple
    end: tuple


@dataclass
class Conv:
    weights: int
    spatial: int
    stride: tuple
    dilation: tuple
    pad: tuple
    groups: int


@dataclass
class Term:
    tensor: int
    coeff: int
    op: object


@dataclass
class Constant:
    mask: int
    values: np.ndarray


@dataclass
class View:
    shape: Shape
    terms: list
    constants: list


@dataclass
class Lookup:
    key: View
    shift: int
    value: View  # or None
    table: int


@dataclass
class Product:
    a: View
    b: View
    c: View


@dataclass
class PublicInput:
    v: View
    lo: int
    hi: int


@dataclass
class LatticeCommitment:
    tensors: list
    salt: int


@dataclass
class Relation:
    tensors: list = field(default_factory=list)
    weights: list = field(default_factory=list)  # (shape, values)
    tables: list = field(default_factory=list)  # (keys, values)
    lookups: list = field(default_factory=list)
    products: list = field(default_factory=list)
    equalities: list = field(default_factory=list)
    publics: list = field(default_factory=list)
    multiplicities: list = field(default_factory=list)
    commitments: list = field(default_factory=list)


# ---- section 7: bytes ----
class RelationReader(Reader):
    def many(self, item, limit):
        count = self.number("I")
        require(count <= limit, "too many items")
        return [item() for _ in range(count)]

    def shape(self):
        rank = self.number("B")
        require(1 <= rank <= 4, "rank")
        shape = Shape(tuple(self.number("I") for _ in range(rank)))
        require(all(d >= 1 for d in shape.dims) and shape.addresses() <= MAX_ADDRESSES, "shape")
        return shape

    def ints(self):
        count, width = self.number("I"), self.number("B")
        require(width in (1, 2, 4), "width")
        values = np.frombuffer(self.take(count * width), "<i%d" % width).astype(np.int64)
        require(width == least_width(values), "width is not the least")
        return values

    def weights(self):
        shape, values = self.shape(), self.ints()
        require(len(values) == shape.cells(), "number of weights")
        return shape, values

    def table(self):
        keys, values = self.ints(), self.ints()
        require(1 <= len(keys) <= MAX_ROWS and len(keys) == len(values), "table")
        return keys, values

    def source(self):
        kind = self.number("B")
        require(kind <= 2, "source kind")
        return Source(("const", "affine", "sum")[kind], self.number("I"), self.number("i"), self.number("i"),
                      self.ints())

    def term(self):
        tensor, coeff, kind = self.number("I"), self.number("i"), self.number("B")
        require(kind <= 1, "term kind")
        if kind == 0:
            sources = self.many(self.source, 4)
            return Term(tensor, coeff, IndexMap(sources, self.four(), self.four()))
        weights, spatial = self.number("I"), self.number("B")
        pairs = [tuple(self.number(c) for _ in range(2)) for c in "IIi"]
        return Term(tensor, coeff, Conv(weights, spatial, *pairs, self.number("I")))

    def four(self):
        return tuple(self.number("I") for _ in range(4))

    def constant(self):
        return Constant(self.number("I"), self.ints())

    def view(self):
        return View(self.shape(), self.many(self.term, MAX_TERMS), self.many(self.constant, MAX_TERMS))

    def lookup(self):
        key, shift, has_value = self.view(), self.number("B"), self.number("B")
        require(has_value <= 1, "has_value")
        return Lookup(key, shift, self.view() if has_value else None, self.number("I"))

    def tensor(self):
        return Tensor(self.shape(), self.number("q"), self.number("q"))

    def relation(self):
        r = Relation()
        r.tensors = self.many(self.tensor, MAX_ITEMS)
        r.weights = self.many(self.weights, MAX_ITEMS)
        r.tables = self.many(self.table, MAX_TABLES)
        r.lookups = self.many(self.lookup, MAX_ITEMS)
        r.products = self.many(lambda: Product(self.view(), self.view(), self.view()), MAX_ITEMS)
        r.equalities = self.many(self.view, MAX_ITEMS)
        r.publics = self.many(lambda: PublicInput(self.view(), self.number("q"), self.number("q")), MAX_ITEMS)
        r.multiplicities = self.many(lambda: self.number("I"), MAX_TABLES)
        if self.left():
            tensors = lambda: self.many(lambda: self.number("I"), MAX_ITEMS)
            r.commitments = self.many(lambda: LatticeCommitment(tensors(), self.number("I")), MAX_COMMITMENTS)
            require(r.commitments, "no lattice commitments")
        self.end()
        return r


def least_width(values):
    if len(values) == 0:
        return 1
    lo, hi = int(values.min()), int(values.max())
    return next(w for w in (1, 2, 4) if -(1 << 8 * w - 1) <= lo and hi < 1 << 8 * w - 1)


def digest(data):
    return hashlib.sha256(b"voizk relation v2" + data).digest()


# ---- well-formedness ----
def window(view_shape, index_map, d):
    return index_map.begin[d], index_map.end[d] or view_shape.full[d]


def reached(tensor_shape, view_shape, index_map):
    """The box of outputs at which a map contributes: per dimension (begin, end); None if it is empty."""
    box = [list(window(view_shape, index_map, d)) for d in range(4)]
    for j, s in enumerate(index_map.sources):
        if s.kind != "affine":
            continue
        length, b = tensor_shape.dims[j], box[s.out_dim]
        if s.stride > 0:  # ceil(-offset / stride) <= o <= floor((length - 1 - offset) / stride)
            lo, hi = -(s.offset // s.stride), (length - 1 - s.offset) // s.stride
        else:
            lo, hi = -((length - 1 - s.offset) // -s.stride), s.offset // -s.stride
        b[0], b[1] = max(b[0], lo), min(b[1], hi + 1)
    return None if any(lo >= hi for lo, hi in box) else [tuple(b) for b in box]


def check_map(tensor, view, m):
    require(len(m.sources) == tensor.shape.rank, "sources")
    used = set()
    for s, length in zip(m.sources, tensor.shape.dims):
        if s.kind == "const":
            require(0 <= s.offset < length, "const source")
        elif s.kind == "affine":
            require(s.out_dim < view.shape.rank and s.out_dim not in used, "affine source")
            require(s.stride != 0 and abs(s.stride) <= MAX_STEP and abs(s.offset) <= MAX_STEP, "affine source")
            used.add(s.out_dim)
        else:
            require(len(s.weights) in (0, length), "sum source")
        require(s.kind == "sum" or len(s.weights) == 0, "weights of a source")
    for d in range(4):
        begin, end = window(view.shape, m, d)
        require(begin < end <= view.shape.full[d], "window")


def conv_shape(tensor, conv):
    """Input dims [spatial.., C] of a convolution."""
    dims = tensor.shape.dims
    return dims + (1,) if conv.spatial == 1 and len(dims) == 1 else dims


def check_conv(r, tensor, view, conv):
    require(conv.weights < len(r.weights) and conv.spatial in (1, 2), "convolution")
    shape = r.weights[conv.weights][0]
    dims = conv_shape(tensor, conv)
    require(shape.rank == conv.spatial + 2 and len(dims) == conv.spatial + 1, "convolution's ranks")
    require(view.shape.rank == conv.spatial + 1, "convolution's output")
    outputs, group_in, channels = shape.dims[0], shape.dims[-1], dims[-1]
    require(view.shape.dims[-1] == outputs, "convolution's outputs")
    require(conv.groups >= 1 and channels % conv.groups == 0 and outputs % conv.groups == 0, "groups")
    require(group_in * conv.groups == channels, "groups")
    for d in range(2):
        require(1 <= conv.stride[d] <= MAX_STEP and 1 <= conv.dilation[d] <= MAX_STEP, "stride or dilation")
        require(abs(conv.pad[d]) <= MAX_STEP, "pad")
    if conv.spatial == 1:
        require(conv.stride[1] == 1 and conv.dilation[1] == 1 and conv.pad[1] == 0, "second spatial dimension")


def check_view(r, view):
    for t in view.terms:
        require(t.tensor < len(r.tensors) and t.tensor not in r.multiplicities, "tensor of a term")
        require(abs(t.coeff) < MAX_COEFFICIENT, "coefficient")
        if isinstance(t.op, IndexMap):
            check_map(r.tensors[t.tensor], view, t.op)
        else:
            check_conv(r, r.tensors[t.tensor], view, t.op)
    for c in view.constants:
        require(c.mask < 1 << view.shape.rank, "constant's mask")
        kept = [view.shape.dims[d] for d in range(view.shape.rank) if c.mask >> d & 1]
        require(len(c.values) == int(np.prod(kept, dtype=object)), "constant's size")


def check_structure(r):
    require(len(r.multiplicities) == len(r.tables), "multiplicities")
    first = len(r.tensors) - len(r.tables)
    require(first >= 0 and r.multiplicities == list(range(first, len(r.tensors))), "multiplicities")
    for m, (keys, _) in zip(r.multiplicities, r.tables):
        require(r.tensors[m].shape.dims == (len(keys),), "multiplicities' shape")
    for t in r.tensors[:first]:
        require(t.lo <= t.hi, "claimed range")
    for lookup in r.lookups:
        check_view(r, lookup.key)
        require(lookup.shift <= MAX_SHIFT and lookup.table < len(r.tables), "lookup")
        if lookup.value is not None:
            check_view(r, lookup.value)
            require(lookup.value.shape.dims == lookup.key.shape.dims, "value's shape")
    for p in r.products:
        for v in (p.a, p.b, p.c):
            check_view(r, v)
        require(p.a.shape.dims == p.b.shape.dims, "product's shapes")
        rank = p.c.shape.rank
        require(p.c.shape.dims == p.a.shape.dims[:rank], "product's shapes")
    for v in r.equalities:
        check_view(r, v)
    for p in r.publics:
        check_view(r, p.v)
        require(p.lo <= p.hi, "public input's range")
    require(sum(p.v.shape.cells() for p in r.publics) <= MAX_PUBLIC, "public inputs too large")
    for c in r.commitments:
        require(c.tensors and all(t < first for t in c.tensors + [c.salt]), "committed tensors")
        require(len(set(c.tensors + [c.salt])) == len(c.tensors) + 1, "a tensor twice")
        require(r.tensors[c.salt].shape.dims == (2, lattice.N), "shape of a salt")
        count = sum(lattice.polynomials(r.tensors[t].shape) for t in c.tensors)
        require(count * lattice.N <= MAX_LATTICE, "committed tensors too large")
    require(len({c.salt for c in r.commitments}) == len(r.commitments), "one salt twice")


# ---- section 6: layout ----
class Space:
    def __init__(self, shapes, limit):
        self.shapes, self.bases, end = shapes, [0] * len(shapes), 0
        for i in sorted(range(len(shapes)), key=lambda i: -shapes[i].inner_bits()):  # stable
            self.bases[i] = end
            end += shapes[i].addresses()
        require(end <= limit, "space too large")
        self.size, self.bits = end, max(1, (end - 1).bit_length() if end > 0 else 0)

    def weights(self, f, point, i):
        """W(point)[index] of shape i as one vector of K per dimension: a list of four (length, d)."""
        shape, base = self.shapes[i], self.bases[i]
        inner = shape.inner_bits()
        high, rest = point[: self.bits - inner], point[self.bits - inner :]
        first = base >> inner
        factors = [eq_range(f, high, first, shape.full[0])]
        for k in (1, 2, 3):
            bits = shape.dim_bits(k)
            factors.append(f.eq_table(rest[:bits])[: shape.full[k]])
            rest = rest[bits:]
        return factors


def eq_range(f, point, first, count):
    """eq(point, first .. first + count - 1): (count, d).  Only prefixes of these indices are worked on."""
    last, table, begin = first + count - 1, f.one[None, :], 0
    for i, r in enumerate(point):
        pair = np.stack([f.sub(f.one, r), r])
        table = f.mul(table[:, None, :], pair[None, :, :]).reshape(-1, f.d)
        left = len(point) - 1 - i
        lo, hi = first >> left, last >> left
        table, begin = table[lo - 2 * begin : hi + 1 - 2 * begin], lo
    return table


# ---- section 6: which dimensions of a product have addresses ----
def depends_on(view):
    """The dimensions on which a view depends, as it is written."""
    dims = set()
    for term in view.terms:
        if not isinstance(term.op, IndexMap):
            return {0, 1, 2, 3}
        dims |= {s.out_dim for s in term.op.sources if s.kind == "affine"}
        for d in range(4):
            if window(view.shape, term.op, d) != (0, view.shape.full[d]):
                dims.add(d)
    for c in view.constants:
        dims |= {d for d in range(4) if c.mask >> d & 1}
    return dims


def product_dims(p):
    """Per dimension "kept", "in a" or "in b" (protocol.md, step 3)."""
    a, b = depends_on(p.a), depends_on(p.b)
    return ["kept" if n < 2 or d in a and d in b else "in a" if d in a else "in b"
            for d, n in enumerate(p.a.shape.full)]


def kept_shape(p):
    dims = product_dims(p)
    return Shape(tuple(n if dims[d] == "kept" else 1 for d, n in enumerate(p.a.shape.dims)))


class Layout:
    def __init__(self, r):
        self.cells = Space([t.shape for t in r.tensors], MAX_ADDRESSES)
        rows = [Shape((len(keys),)) for keys, _ in r.tables]
        self.lookups = Space([l.key.shape for l in r.lookups] + rows, MAX_SPACE)
        self.products = Space([kept_shape(p) for p in r.products], MAX_SPACE)
        checked = [v.shape for v in r.equalities] + [p.v.shape for p in r.publics]
        checked += [Shape((lattice.N,))] * len(r.commitments)
        self.outputs = Space([p.c.shape for p in r.products] + checked, MAX_SPACE)


def public_inputs(r, data):
    """One array of the view's dims per public input, every value in its range."""
    reader, inputs = Reader(data), []
    for p in r.publics:
        values = np.frombuffer(reader.take(4 * p.v.shape.cells()), "<i4").astype(np.int64)
        require(int(values.min()) >= p.lo and int(values.max()) <= p.hi, "public input out of range")
        inputs.append(values.reshape(p.v.shape.full))
    for _ in r.commitments:
        values = np.frombuffer(reader.take(4 * lattice.N), "<i4").astype(np.int64)
        require(int(np.abs(values).max()) <= lattice.VALUE, "lattice commitment out of range")
        inputs.append(values.reshape(lattice.N, 1, 1, 1))
    reader.end()
    return inputs


def parse(data):
    r = RelationReader(data).relation()
    check_structure(r)
    return r
