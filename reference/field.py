"""F = F_p and K = F[x]/(f) (docs/protocol.md section 1) on numpy arrays.

An element of F is a uint64 below P; an array of elements of K has a last axis of length d, coefficient of x^0 first.
"""
import numpy as np

P = 2**31 - 2**24 + 1
H = (P - 1) // 2
# Of numpy's type: older versions turn an unsigned scalar and a Python integer into a float.
UP, UTHREE = np.uint64(P), np.uint64(3)


def signed(values):
    """Integers of any sign as elements of F."""
    return (np.asarray(values, dtype=np.int64) % P).astype(np.uint64)


def f_sum(values, axis):
    """Sum in F along an axis of at most 2^32 elements."""
    return np.sum(values, axis=axis, dtype=np.uint64) % UP


class Field:
    def __init__(self, d):
        assert d in (4, 5)
        self.d = d
        self.zero = np.zeros(d, np.uint64)
        self.one = self.base(1)

    def base(self, value):
        x = np.zeros(self.d, np.uint64)
        x[0] = value % P
        return x

    def add(self, a, b):
        return (a + b) % UP

    def sub(self, a, b):
        return (a + (UP - b)) % UP

    def neg(self, a):
        return (UP - a) % UP

    def scale(self, a, s):
        """a (..., d) times s (...) in F."""
        return a * np.asarray(s, np.uint64)[..., None] % UP

    def mul(self, a, b):
        a, b = np.broadcast_arrays(a, b)
        c = [np.uint64(0)] * (2 * self.d - 1)
        for i in range(self.d):
            for j in range(self.d):
                c[i + j] = c[i + j] + a[..., i] * b[..., j] % UP
        for i in reversed(range(self.d, len(c))):
            if self.d == 4:  # x^4 = 3
                c[i - 4] = c[i - 4] + UTHREE * (c[i] % UP)
            else:  # x^5 = 1 - x^2
                c[i - 5] = c[i - 5] + c[i] % UP
                c[i - 3] = c[i - 3] + (UP - c[i] % UP)
        return np.stack([x % UP for x in c[: self.d]], axis=-1)

    def sum(self, a, axis=0):
        return f_sum(a, axis)

    def inner(self, a, b):
        """sum_i a_i b_i for a (n, d) and b (n, d)."""
        return self.sum(self.mul(a, b))

    def inner_base(self, a, s):
        """sum_i a_i s_i for a (n, d) and s (n) in F."""
        return self.sum(self.scale(a, s))

    def power(self, a, exponent):
        result = self.one
        while exponent:
            if exponent & 1:
                result = self.mul(result, a)
            a = self.mul(a, a)
            exponent >>= 1
        return result

    def inverse(self, a):
        return self.power(a, P**self.d - 2)

    def is_zero(self, a):
        return not np.any(a)

    def eq_table(self, point):
        """eq(point, a) for every index a; variable 0 is the most significant bit."""
        table = self.one[None, :]
        for r in point:
            pair = np.stack([self.sub(self.one, r), r])
            table = self.mul(table[:, None, :], pair[None, :, :]).reshape(-1, self.d)
        return table

    def evaluate(self, coefficients, points):
        """A polynomial over K at points of F: (len(points), d).  Horner."""
        x = np.asarray(points, np.uint64)
        total = np.zeros((len(x), self.d), np.uint64)
        for c in coefficients[::-1]:
            total = self.add(self.scale(total, x), c)
        return total

    def lagrange(self, nodes, x):
        """Values at x in K of the Lagrange polynomials of small integer nodes."""
        out = []
        for i, a in enumerate(nodes):
            value, denominator = self.one, 1
            for j, b in enumerate(nodes):
                if i != j:
                    value = self.mul(value, self.sub(x, self.base(b)))
                    denominator = denominator * (a - b) % P
            out.append(self.scale(value, pow(denominator, -1, P)))
        return out
