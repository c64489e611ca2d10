"""Labels Hyke's lines with a recogniser and what is known of them: every line is a chain of permutations of
the ten digits (the last one cut short). Writes the pieces where recogniser and constraint agree."""
import argparse
import json
import os
from dataclasses import dataclass

import numpy as np

COUNTS = {1: 41, 2: 8, 3: 13, 4: 19, 5: 25}


@dataclass
class Line:
    segments: list  # (digit, start, end) in 10 ms frames

    def targets(self, frames, speed):
        from digits_data import hyke
        return hyke(frames, self.segments, speed)


def load_labels(file):
    with open(file) as f:
        return {k: Line([tuple(s) for s in v]) for k, v in json.load(f).items()}


def align(emit, digits, min_frames):
    """Cheapest path of a known digit list; digit -1 stands for any digit. [(start, end)] per digit, cost."""
    column, loop = [10], [True]
    for d in digits:
        column += [11 if d < 0 else int(d)] * min_frames + [10]
        loop += [False] * (min_frames - 1) + [True, True]
    emit = np.concatenate([emit, emit[:, :10].min(1, keepdims=True)], axis=1)
    e = emit[:, column]
    f, s = e.shape
    loop = np.array(loop)
    gap = np.array(column) == 10
    skip = np.concatenate([[False, False], gap[1:-1]])
    big = np.int64(1) << 40
    cost = np.full(s, big)
    cost[0], cost[1] = e[0, 0], e[0, 1]
    back = np.zeros((f, s), dtype=np.int8)
    for t in range(1, f):
        stay = np.where(loop, cost, big)
        step = np.concatenate([[big], cost[:-1]])
        jump = np.where(skip, np.concatenate([[big, big], cost[:-2]]), big)
        best = np.minimum(np.minimum(stay, step), jump)
        back[t] = np.where(stay == best, 0, np.where(step == best, 1, 2))
        cost = best + e[t]
    state = s - 1 if cost[s - 1] <= cost[s - 2] else s - 2
    total = int(cost[state])
    path = np.empty(f, dtype=np.int64)
    for t in range(f - 1, -1, -1):
        path[t] = state
        state -= int(back[t, state])
    spans = []
    for i in range(len(digits)):
        k = np.flatnonzero((path > i * (min_frames + 1)) & (path <= i * (min_frames + 1) + min_frames))
        spans.append((int(k[0]), int(k[-1]) + 1))
    return spans, total


def decode_count(emit, count, min_frames):
    """Cheapest string of exactly `count` digits, equal neighbours only across a gap."""
    f = len(emit)
    big = np.int64(1) << 40
    dig = np.full((count, 10, min_frames), big)
    gap = np.full(count + 1, big)
    gap[0] = emit[0, 10]
    dig[0, :, 0] = emit[0, :10]
    entry_from = np.zeros((f, count, 10), dtype=np.int8)  # 10: the gap before, else the digit before
    stayed = np.zeros((f, count, 10), dtype=bool)
    gap_from = np.zeros((f, count + 1), dtype=np.int8)  # 10: stayed
    for t in range(1, f):
        ends = dig[:, :, -1]
        first = ends.argmin(1)
        hidden = ends.copy()
        hidden[np.arange(count), first] = big
        second = hidden.argmin(1)
        new_gap = gap.copy()
        better = ends.min(1) < gap[1:]
        new_gap[1:] = np.where(better, ends.min(1), gap[1:])
        gap_from[t] = 10
        gap_from[t, 1:][better] = first[better]
        entry = np.full((count, 10), big)
        prev = np.full((count, 10), 10)
        entry[:] = gap[:count, None]
        for d in range(10):
            src = np.where(first[:-1] != d, first[:-1], second[:-1])
            c = ends[np.arange(count - 1), src]
            take = c < entry[1:, d]
            entry[1:, d] = np.where(take, c, entry[1:, d])
            prev[1:, d] = np.where(take, src, prev[1:, d])
        entry_from[t] = prev
        new = np.empty_like(dig)
        new[:, :, 0] = entry
        new[:, :, 1:] = dig[:, :, :-1]
        stay = ends < new[:, :, -1]
        new[:, :, -1] = np.where(stay, ends, new[:, :, -1])
        stayed[t] = stay
        dig = new + emit[t, :10][None, :, None]
        gap = new_gap + emit[t, 10]
    digits = []
    in_gap = gap[count] <= dig[count - 1, :, -1].min()
    pos = count if in_gap else count - 1
    d, j = (10, 0) if in_gap else (int(dig[pos, :, -1].argmin()), min_frames - 1)
    for t in range(f - 1, 0, -1):
        if in_gap:
            src = int(gap_from[t, pos])
            if src != 10:
                in_gap, pos, d, j = False, pos - 1, src, min_frames - 1
            continue
        if j == min_frames - 1 and stayed[t, pos, d]:
            continue
        if j > 0:
            j -= 1
            continue
        digits.append(d)
        src = int(entry_from[t, pos, d])
        if src == 10:
            in_gap = True
        else:
            pos, d, j = pos - 1, src, min_frames - 1
    if not in_gap:
        digits.append(d)
    return digits[::-1]


def permute(spans, emit):
    """Digits by block of ten: the assignment of least cost, and the free choice beside it."""
    from scipy.optimize import linear_sum_assignment
    cost = np.stack([emit[a:b, :10].mean(0) for a, b in spans])
    fixed = np.full(len(spans), -1)
    for k in range(0, len(spans), 10):
        rows = cost[k:k + 10]
        r, c = linear_sum_assignment(rows)
        fixed[k + r] = c
    return fixed, cost.argmin(1), cost


def label_line(logits, count, min_frames=5):
    """[(digit, start, end, agreed)] in 20 ms frames, and the share of agreement."""
    from decision import frame_costs
    emit = frame_costs(logits)
    spans, _ = align(emit, decode_count(emit, count, min_frames), min_frames)
    for _ in range(4):
        fixed, free, cost = permute(spans, emit)
        spans, _ = align(emit, fixed.tolist(), min_frames)
    agreed = fixed == free
    return [(int(d), a, b, bool(g)) for d, (a, b), g in zip(fixed, spans, agreed)], float(agreed.mean())


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--recogniser", required=True, help="float checkpoint of train_recogniser.py")
    ap.add_argument("--out", required=True)
    ap.add_argument("--agreement", type=float, default=0.7, help="least share of a block of ten")
    args = ap.parse_args()
    import torch
    import corpora
    from frontend import FrontEndConfig
    from nets import RecogniserNet, batch_features
    torch.set_num_threads(1)
    net, config = RecogniserNet(), FrontEndConfig()
    net.load_state_dict(torch.load(args.recogniser))
    net.eval()
    utts = corpora.load(args.data, args.cache)
    z = np.load(os.path.join(args.cache, "logmel_train_0.npz"))
    start = np.cumsum(z["lengths"]) - z["lengths"]
    out, shares, kept = {}, [], 0
    for i, u in enumerate(utts):
        if u.corpus != "hyke" or u.split != "train":
            continue
        count = COUNTS.get(int(u.name.split("_")[-1]))
        x = z["feats"][start[i]:start[i] + z["lengths"][i] // 2 * 2]
        if count is None or len(x) < 14 * count:
            continue
        f, _ = batch_features(x[None].astype(np.float32), config)
        with torch.no_grad():
            logits = np.rint(8 * net(f)[0].T.numpy()).astype(np.int64)
        labels, share = label_line(logits, count)
        shares.append(share)
        segments = []
        for k in range(0, count, 10):
            block = labels[k:k + 10]
            need = args.agreement if len(block) == 10 else 0.99
            if np.mean([g for _, _, _, g in block]) >= need:
                segments += [(d, 2 * a, 2 * b) for d, a, b, _ in block]
        if segments:
            out[u.name] = segments
            kept += len(segments)
    with open(args.out, "w") as f:
        json.dump(out, f)
    print("lines %d  agreement %.3f  labelled digits %d" % (len(shares), np.mean(shares), kept))


if __name__ == "__main__":
    main()
