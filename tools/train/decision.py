"""Integer reference of the decision (docs/bundle.md, section 4): cheapest path of a phrase, its counts, the
digits' shares, template and cosine test."""
import math

import numpy as np

SILENCE, OTHER, OH = 11, 12, 10


def phrase_states(phrase, min_frames):
    """(state kinds: -1 for a gap, else the digit; loops; skippable gaps), in order of progress."""
    kinds, loop = [-1], [True]
    for d in phrase:
        n = int(min_frames[d])
        kinds += [int(d)] * n
        loop += [False] * (n - 1) + [True]
        kinds.append(-1)
        loop.append(True)
    return np.array(kinds), np.array(loop)


def frame_costs(logits):
    """[F][11]: columns 0..9 the cost of a frame as that digit, column 10 as a gap."""
    lost = logits.max(1, keepdims=True) - logits
    out = np.empty((len(logits), 11), dtype=np.int64)
    out[:, :10] = lost[:, :10]
    out[:, 0] = np.minimum(lost[:, 0], lost[:, OH])
    out[:, 10] = np.minimum(lost[:, SILENCE], lost[:, OTHER])
    return out


def best_path(logits, phrase, min_frames):
    """(cost, state index per frame, kinds). Ties go to the later state."""
    kinds, loop = phrase_states(phrase, min_frames)
    emit = frame_costs(np.asarray(logits, dtype=np.int64))[:, np.where(kinds < 0, 10, kinds)]
    f, s = emit.shape
    big = np.int64(1) << 40
    gap = kinds < 0
    skip = np.zeros(s, dtype=bool)  # s reachable from s-2 over a gap
    skip[2:] = gap[1:-1]
    cost = np.full(s, big)
    cost[0], cost[1] = emit[0, 0], emit[0, 1]
    back = np.zeros((f, s), dtype=np.int8)
    for t in range(1, f):
        stay = np.where(loop, cost, big)
        step = np.concatenate([[big], cost[:-1]])
        jump = np.where(skip, np.concatenate([[big, big], cost[:-2]]), big)
        best = np.minimum(np.minimum(stay, step), jump)
        back[t] = np.where(stay == best, 0, np.where(step == best, 1, 2))
        cost = best + emit[t]
    end = s - 1 if cost[s - 1] <= cost[s - 2] else s - 2
    path = np.empty(f, dtype=np.int64)
    path[-1] = end
    for t in range(f - 1, 0, -1):
        path[t - 1] = path[t] - back[t, path[t]]
    return int(cost[end]), path, kinds


def phrase_costs(logits, phrases, min_frames):
    """Costs of many phrases of one length (equal minimum durations), without paths."""
    n = int(min_frames[0])
    assert all(int(m) == n for m in min_frames)
    phrases = np.asarray(phrases)
    kinds = np.stack([phrase_states(p, min_frames)[0] for p in phrases])
    loop = phrase_states(phrases[0], min_frames)[1]
    column = np.where(kinds < 0, 10, kinds)
    emit = frame_costs(np.asarray(logits, dtype=np.int64))
    gap = kinds[0] < 0
    skip = np.concatenate([[False, False], gap[1:-1]])
    big = np.int64(1) << 40
    b, s = kinds.shape
    cost = np.full((b, s), big)
    cost[:, 0], cost[:, 1] = emit[0, column[:, 0]], emit[0, column[:, 1]]
    for t in range(1, len(emit)):
        best = np.where(loop, cost, big)
        np.minimum(best[:, 1:], cost[:, :-1], out=best[:, 1:])
        np.minimum(best[:, 2:], np.where(skip[2:], cost[:, :-2], big), out=best[:, 2:])
        cost = best + emit[t][column]
    return np.minimum(cost[:, -1], cost[:, -2])


def free_decode(logits, min_frames, penalty):
    """Digits of the cheapest path over any digit string; each digit costs `penalty` more. Evaluation only."""
    emit = frame_costs(np.asarray(logits, dtype=np.int64))
    n = int(min_frames[0])
    big = np.int64(1) << 40
    digit = np.full((10, n), big)
    gap_cost = emit[0, 10]
    digit[:, 0] = emit[0, :10] + penalty
    gap_words, words = (), [[() for _ in range(n)] for _ in range(10)]
    for d in range(10):
        words[d][0] = (d,)
    for t in range(1, len(emit)):
        ends = digit[:, n - 1]
        e = int(np.argmin(ends))
        order = np.argsort(ends)
        new_gap, new_gap_words = (gap_cost, gap_words) if gap_cost <= ends[e] else (ends[e], words[e][n - 1])
        new_digit, new_words = np.full((10, n), big), [[() for _ in range(n)] for _ in range(10)]
        for d in range(10):
            other = int(order[0]) if order[0] != d else int(order[1])
            from_gap = gap_cost <= ends[other]
            entry, w = (gap_cost, gap_words) if from_gap else (ends[other], words[other][n - 1])
            new_digit[d, 0], new_words[d][0] = entry + penalty, w + (d,)
            new_digit[d, 1:] = digit[d, :-1]
            new_words[d][1:] = words[d][:-1]
            if digit[d, n - 1] < new_digit[d, n - 1]:
                new_digit[d, n - 1], new_words[d][n - 1] = digit[d, n - 1], words[d][n - 1]
        digit, words = new_digit + emit[t, :10][:, None], new_words
        gap_cost, gap_words = new_gap + emit[t, 10], new_gap_words
    e = int(np.argmin(digit[:, n - 1]))
    return list(gap_words if gap_cost <= digit[e, n - 1] else words[e][n - 1])


def counts(path, kinds, voiced):
    """(inside, outside) voiced 20 ms frames, and the pooling mask."""
    w = np.asarray(voiced)[::2]
    digit = (kinds[path] >= 0).astype(np.int64)
    return int((w * digit).sum()), int((w * (1 - digit)).sum()), w * digit


def positions(kinds):
    """By state: k in the k-th digit, from 1; 0 in a gap."""
    digit = kinds >= 0
    return np.where(digit, np.cumsum(~digit), 0)


def digits_are_even(decision, path, kinds, mask, energy, digits):
    """Every digit's share of the voice (docs/decision.md, section 1); energy: [T]."""
    at = positions(kinds)[path]
    own = at[None, :] == np.arange(1, digits + 1)[:, None]
    n, v = own.sum(1), (own * mask).sum(1)
    total = (own * (mask * np.asarray(energy)[::2])).sum(1)
    loudest = max([-(-int(s) // int(c)) for s, c in zip(total, v) if c > 0], default=0)
    low, high = decision["digit_share_percent"]
    share = 100 * digits * v
    return bool((n <= decision["digit_frames_max"]).all() and (v >= decision["digit_voiced_min"]).all()
                and (100 * v >= decision["digit_voiced_percent"] * n).all()
                and (share >= low * v.sum()).all() and (share <= high * v.sum()).all()
                and (total >= (loudest - decision["digit_level_range"]) * v).all())


def make_template(embeddings, norm):
    """docs/decision.md, 4, with the scale nearest to the norm, which the trials do not hold to an interval."""
    total = np.zeros(len(embeddings[0]), np.int64)
    for e in embeddings:
        e = np.asarray(e, dtype=np.int64)
        weight = (1 << 22) // math.isqrt(int((e * e).sum()) << 8)
        total += (weight * e + (1 << 4)) >> 5
    total //= -(-len(embeddings) // 8)
    scale = min(max(round(norm * 65536 / float(np.sqrt((total * total).sum()))), 1), 8191)
    return np.clip((scale * total + (1 << 15)) >> 16, -127, 127)


def cosine_accepts(e, template, theta_q12):
    e, t = [int(v) for v in e], [int(v) for v in template]
    dot = sum(a * b for a, b in zip(e, t))
    return dot > 0 and dot * dot * (1 << 24) >= theta_q12 * theta_q12 * sum(a * a for a in e) * sum(b * b for b in t)
