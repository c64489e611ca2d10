"""Trials of the dev speakers: equal error rates from segment embeddings, with bootstrap intervals
over speakers."""
import os

import numpy as np


def eer(genuine, impostor):
    """Equal error rate of two score lists (linear interpolation between thresholds)."""
    g, i = np.sort(genuine), np.sort(impostor)
    t = np.concatenate([g, i])
    t.sort()
    frr = np.searchsorted(g, t, "left") / len(g)
    far = 1 - np.searchsorted(i, t, "left") / len(i)
    k = int(np.argmax(frr >= far))
    return float((frr[k] + far[k]) / 2), float(t[k])


def unit(e):
    return e / (np.linalg.norm(e) + 1e-9)


def trials(segments, enrol, draws, seed=0):
    """segments {speaker: [embedding]}: `draws` templates of `enrol` segments a speaker against every
    other segment of the same and all segments of the other speakers.
    Returns [(model speaker, test speaker, score)]."""
    rng = np.random.default_rng(seed)
    out = []
    for s, own in segments.items():
        if len(own) < enrol + 1:
            continue
        for _ in range(draws):
            pick = set(rng.choice(len(own), enrol, replace=False).tolist())
            model = unit(np.mean([unit(own[k]) for k in pick], axis=0))
            for s2, other in segments.items():
                for k, e in enumerate(other):
                    if s2 != s or k not in pick:
                        out.append((s, s2, float(model @ unit(e))))
    return out


def split_scores(rows):
    return (np.array([r[2] for r in rows if r[0] == r[1]]), np.array([r[2] for r in rows if r[0] != r[1]]))


def bootstrap(rows, draws=300, seed=0):
    """95 % interval of the EER, resampling speakers (models and tests together)."""
    rng = np.random.default_rng(seed)
    names = sorted({r[0] for r in rows} | {r[1] for r in rows})
    index = {n: i for i, n in enumerate(names)}
    n = len(names)
    cell = [[[] for _ in range(n)] for _ in range(n)]
    for a, b, s in rows:
        cell[index[a]][index[b]].append(s)
    values = []
    for _ in range(draws):
        pick = rng.integers(0, n, n)
        g = [s for a in pick for s in cell[a][a]]
        i = [s for a in pick for b in pick if a != b for s in cell[a][b]]
        if g and i:
            values.append(eer(np.array(g), np.array(i))[0])
    return np.percentile(values, [2.5, 97.5])


def dev_segments(utts, lengths, seconds=6.0):
    """{corpus: {speaker: [(utterance, first frame, frames)]}}: Hyke in pieces of 6 s, AN4 and others whole."""
    out = {}
    for i, u in enumerate(utts):
        if u.split != "dev":
            continue
        n = int(lengths[i])
        speakers = out.setdefault(u.corpus, {})
        if u.corpus == "hyke":
            step = int(seconds * 100)
            for a in range(0, n - step + 1, step):
                speakers.setdefault(u.speaker, []).append((i, a, step))
        elif u.corpus == "librispeech":
            for a in range(0, n - 299, 300):
                speakers.setdefault(u.speaker, []).append((i, a, 300))
        else:
            speakers.setdefault(u.speaker, []).append((i, 0, n))
    return out


ENROL = {"hyke": 3, "an4": 4, "librispeech": 2, "arabic_commands": 8, "speech_commands": 2}


def speaker_report(utts, cache, embed, copy=0, corpora=("hyke", "an4", "librispeech", "arabic_commands")):
    """One line of EERs from cached log-mel (monitoring; the card is measured on PCM)."""
    z = np.load(os.path.join(cache, "logmel_dev_%d.npz" % copy))
    feats, lengths = z["feats"], z["lengths"]
    start = np.cumsum(lengths) - lengths
    text = []
    for corpus, speakers in dev_segments(utts, lengths).items():
        if corpus not in corpora:
            continue
        emb = {s: [embed(feats[start[i] + a:start[i] + a + n]) for i, a, n in seg[:60]] for s, seg in speakers.items()}
        g, i = split_scores(trials(emb, ENROL[corpus], 10))
        text.append("%s %.1f%%" % (corpus, 100 * eer(g, i)[0]))
    return "EER " + "  ".join(text)
