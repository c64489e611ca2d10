"""Lattice commitments (docs/protocol/lattice.md): public elements, slots, the functional on cells."""
import functools
import hashlib

import numpy as np

from field import P, UP

N = 1024
LOG_N = 10
VALUE = 1065353216  # (p - 1) / 2


def chacha20(key, nonce, blocks):
    """RFC 8439's block function with a 64-bit counter from 0 and an 8-byte nonce: u32 words."""
    def quarter(s, a, b, c, d):
        for x, y, z, r in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] += s[y]
            s[z] ^= s[x]
            s[z] = s[z] << np.uint32(r) | s[z] >> np.uint32(32 - r)

    start = np.zeros((16, blocks), np.uint32)
    start[0:4] = np.frombuffer(b"expand 32-byte k", "<u4")[:, None]
    start[4:12] = np.frombuffer(key, "<u4")[:, None]
    start[12] = np.arange(blocks)
    start[14:16] = np.frombuffer(nonce, "<u4")[:, None]
    s = start.copy()
    for _ in range(10):
        for k in range(4):
            quarter(s, k, k + 4, k + 8, k + 12)
        for k in range(4):
            quarter(s, k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4)
    return (s + start).T.reshape(-1)


@functools.lru_cache(None)
def element(index):
    """Slots of a uniform element of the ring."""
    key = hashlib.blake2b(b"voizk lattice columns v1").digest()[:32]
    words = chacha20(key, index.to_bytes(8, "little"), 128) & np.uint32(0x7FFFFFFF)
    return words[words < P][:N].astype(np.uint64)


def salt_elements():
    return [element(2**64 - 1), np.ones(N, np.uint64)]


@functools.lru_cache(None)
def roots():
    """zeta_s = psi^(2 bitrev(s) + 1), psi = 3^((p - 1) / 2048)."""
    psi = pow(3, (P - 1) >> (LOG_N + 1), P)
    return np.array([pow(psi, 2 * int(format(s, "010b")[::-1], 2) + 1, P) for s in range(N)], np.uint64)


def polynomials(shape):
    return -(-shape.addresses() // N)


def local_addresses(shape):
    """address(i) of every index, row-major, and i."""
    d = np.indices(shape.full).reshape(4, -1)
    address = d[0]
    for k in (1, 2, 3):
        address = (address << shape.dim_bits(k)) + d[k]
    return address, d


def tensor_at(f, shape, elements, w, cells):
    """sum_s w[s] sum_j element_j[s] t_j(zeta_s) for the tensor that is C at the point, one vector per dimension."""
    address, d = local_addresses(shape)
    values = cells[0][d[0]]
    for k in (1, 2, 3):
        values = f.mul(values, cells[k][d[k]])
    total, zeta = f.zero, roots()
    for j, slots in enumerate(elements):
        inside = (address >= N * j) & (address < N * (j + 1))
        coefficients = np.zeros((N, f.d), np.uint64)
        coefficients[address[inside] - N * j] = values[inside]
        at = f.evaluate(coefficients, zeta)
        total = f.add(total, f.inner(f.scale(w, slots), at))
    return total


def commitment_at(f, r, c, w, weights):
    """The functional of a commitment at a point: weights(t) are the cells' weights there."""
    first, total = 0, f.zero
    for t in c.tensors:
        shape = r.tensors[t].shape
        count = polynomials(shape)
        elements = [element(j) for j in range(first, first + count)]
        total = f.add(total, tensor_at(f, shape, elements, w, weights(t)))
        first += count
    return f.add(total, tensor_at(f, r.tensors[c.salt].shape, salt_elements(), w, weights(c.salt)))
