#!/usr/bin/env python3
"""The estimates of docs/protocol/lattice.md: blocks of BKZ and the work of the core-SVP rule, in bits."""
from math import e, log2, pi, sqrt

LOG_P = log2(2**31 - 2**24 + 1)


def log_delta(beta):
    return log2(beta / (2 * pi * e) * (pi * beta) ** (1 / beta)) / (2 * (beta - 1))


def ring_sis(n, largest):
    """Least beta (a multiple of 5) that finds a vector of entries up to `largest` in the best dimension m."""
    for beta in range(60, 6000, 5):
        m = sqrt(n * LOG_P / log_delta(beta))
        if m * log_delta(beta) + n * LOG_P / m <= log2(largest * sqrt(m)):
            return beta


def ring_lwe(n, deviation):
    """Least beta for which the primal attack's condition holds with m <= n equations."""
    for beta in range(60, 6000):
        for m in range(n // 2, n + 1, 8):
            d = m + n + 1
            if log2(sqrt(beta) * deviation) <= (2 * beta - d - 1) * log_delta(beta) + m * LOG_P / d:
                return beta


def show(name, beta):
    print("%-34s beta %4d  core-SVP 2^%.0f  quantum 2^%.0f" % (name, beta, 0.292 * beta, 0.265 * beta))


if __name__ == "__main__":
    for n, largest in ((512, 4095), (1024, 4095), (1024, 255), (1024, 65535)):
        show("Ring-SIS, N %d, norm %d" % (n, largest), ring_sis(n, largest))
    for half in (128, 512, 2048):
        show("Ring-LWE, N 1024, [-%d, %d)" % (half, half), ring_lwe(1024, sqrt((4 * half * half - 1) / 12)))
