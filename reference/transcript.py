"""Fiat-Shamir (docs/protocol/transcript.md) and the reader of proof bytes."""
import hashlib
import struct

import numpy as np

from field import P


class Rejected(Exception):
    """The proof, or the relation, is refused; the text is the name of the check."""


def require(condition, check):
    if not condition:
        raise Rejected(check)


class Transcript:
    def __init__(self):
        self.h = hashlib.blake2b(b"voizk transcript v1").digest()

    def absorb(self, kind, label, payload):
        data = bytes([kind, len(label)]) + label + struct.pack("<Q", len(payload)) + payload
        self.h = hashlib.blake2b(self.h + data).digest()

    def words(self):
        counter = 0
        while True:
            yield from struct.unpack("<16I", hashlib.blake2b(self.h + b"sq" + struct.pack("<Q", counter)).digest())
            counter += 1

    def field(self, d, label, count):
        """`count` challenges of K in one draw: (count, d)."""
        self.absorb(0x80 + d, label, struct.pack("<Q", count))
        below = (w & 0x7FFFFFFF for w in self.words() if w & 0x7FFFFFFF < P)
        return np.array([[next(below) for _ in range(d)] for _ in range(count)], np.uint64).reshape(count, d)

    def indices(self, label, n, t):
        self.absorb(0x90, label, struct.pack("<QQ", n, t))
        words, found = self.words(), set()
        while len(found) < t:
            v = next(words) & ((1 << (n - 1).bit_length()) - 1)
            if v < n:
                found.add(v)
        return sorted(found)


class Reader:
    """Bytes of a proof or relation; what is missing is refused."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        require(size <= len(self.data) - self.at, "bytes missing")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, code):
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def elements(self, d, count):
        return canonical(self.take(4 * d * count)).reshape(count, d)

    def left(self):
        return len(self.data) - self.at

    def end(self):
        require(self.at == len(self.data), "bytes left over")


def canonical(data):
    words = np.frombuffer(data, "<u4").astype(np.uint64)
    require(bool(np.all(words < P)), "not canonical")
    return words
