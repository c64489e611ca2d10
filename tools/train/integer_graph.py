"""Exact integer evaluation of a bundle's graphs (the operations the shipped networks use), and their
interval certificate. Matrix products run in float64: every partial sum is an integer below 2^53."""
import numpy as np

P_HALF = 1065353216


def conv1d(x, w, b, node):
    assert node["groups"] == 1
    k, d, s = w.shape[1], node["dilation"], node["stride"]
    x = np.pad(x, ((node["pad_left"], node["pad_right"]), (0, 0)))
    n = (len(x) - (k - 1) * d - 1) // s + 1
    cols = np.concatenate([x[j * d:j * d + (n - 1) * s + 1:s] for j in range(k)], axis=1)
    acc = cols.astype(np.float64) @ w.reshape(len(w), -1).T.astype(np.float64)
    return np.rint(acc).astype(np.int64) + b


def requant(acc, node):
    h = acc >> node["shift"]
    y = ((2 * h + 1) * node["mult"] + (1 << node["q"])) >> (node["q"] + 1)
    return np.clip(y, node["lo"], node["hi"])


def isqrt(v):
    r = np.floor(np.sqrt(v.astype(np.float64))).astype(np.int64)
    r -= r * r > v
    r += (r + 1) * (r + 1) <= v
    return r


def stats_pool(x, mask):
    n = int(mask.sum())
    mean8 = (8 * (x * mask[:, None]).sum(0)) // n
    msq64 = (64 * (x * x * mask[:, None]).sum(0)) // n
    return np.concatenate([mean8, isqrt(msq64 - mean8 * mean8)])


class Graph:
    def __init__(self, graph, read):
        self.graph = graph
        self.weights = {n["name"]: (read(n["weight"]), read(n["bias"])) for n in graph["nodes"] if "weight" in n}

    def run(self, upto=None, **inputs):
        """Value of the output (or of node `upto`) for named inputs."""
        v = {k: np.asarray(x, dtype=np.int64) for k, x in inputs.items()}
        for n in self.graph["nodes"]:
            a = [v[i] for i in n["inputs"]]
            if n["op"] == "conv1d":
                y = conv1d(a[0], *self.weights[n["name"]], n)
            elif n["op"] == "dense":
                w, b = self.weights[n["name"]]
                y = w @ a[0].reshape(-1) + b
            elif n["op"] == "requant":
                y = requant(a[0], n)
            elif n["op"] == "stats_pool":
                y = stats_pool(*a)
            elif n["op"] == "concat":
                y = np.concatenate(a, axis=n["axis"])
            else:
                raise ValueError("operation " + n["op"])
            v[n["name"]] = y
            if n["name"] == upto:
                return y
        return v[self.graph["output"]]

    def certificate(self):
        """[(node, lowest, highest accumulator, rows of h)] by interval arithmetic; asserts |acc| < p/2."""
        rng = {i["name"]: (i["min"], i["max"]) for i in self.graph["inputs"]}
        vec, out = {}, []
        for n in self.graph["nodes"]:
            src = n["inputs"][0]
            if n["op"] in ("conv1d", "dense"):
                w, b = self.weights[n["name"]]
                if src in vec:
                    lo, hi = vec[src]
                else:
                    lo, hi = (np.full(w[0].size, r) for r in rng[src])
                w = w.reshape(len(w), -1)
                lo, hi = lo.reshape(-1), hi.reshape(-1)
                pos, neg = np.maximum(w, 0), np.minimum(w, 0)
                low, high = pos @ lo + neg @ hi + b, pos @ hi + neg @ lo + b
                if n["op"] == "conv1d" and (n["pad_left"] or n["pad_right"]):
                    z_lo, z_hi = np.minimum(lo, 0), np.maximum(hi, 0)
                    low, high = pos @ z_lo + neg @ z_hi + b, pos @ z_hi + neg @ z_lo + b
                rng[n["name"]] = (int(low.min()), int(high.max()))
            elif n["op"] == "requant":
                low, high = rng[src]
                rows = (high >> n["shift"]) - (low >> n["shift"]) + 1
                out.append((src, low, high, int(rows)))
                assert -P_HALF < low and high < P_HALF, (src, low, high)
                rng[n["name"]] = (n["lo"], n["hi"])
            elif n["op"] == "stats_pool":
                c = next(len(self.weights[p["name"]][0]) for p in self.graph["nodes"]
                         if p["name"] + "_out" == src)
                vec[n["name"]] = (np.zeros(2 * c, dtype=np.int64), np.repeat([1016, 508], c))
            elif n["op"] == "concat":
                vec[n["name"]] = tuple(np.concatenate(bounds) for bounds in zip(*(vec[i] for i in n["inputs"])))
        return out
