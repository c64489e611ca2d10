"""Speaker trials of any embedding, clean and with the test side through a call (degrade.test_call): the model card's
segments on dev speakers, or the same on train speakers held out from the student (voices.py). Prints equal error rates
with 95 % intervals (bootstrap over speakers)."""
import argparse
import os
import pickle

import numpy as np
from scipy.signal import resample_poly

import corpora
import degrade
import voices
from evaluate import ENROL, bootstrap, eer, split_scores, unit
from evaluate_bundle import Model, speaker_segments
from frontend import FrontEnd

CORPORA = ("hyke", "an4", "librispeech")
CONDITIONS = ("clean", "call")
BUCKETS = [256, 384, 512, 768, 1024]


def hear(fe, pcm):
    """(features int8 [T][32], mask [T/2]) of a bucket's buffer; None where too little is voiced."""
    need = fe.frames_for(len(pcm))
    frames = next((b for b in BUCKETS if fe.samples(b) >= len(pcm)), need + need % 2)
    if np.abs(np.asarray(pcm, dtype=np.int64)).max() < fe.config.peak_min:
        return None
    r = fe.run(fe.pad(pcm, frames))
    mask = r["voiced"][::2]
    return (r["features"].astype(np.int8), mask.astype(np.int8)) if mask.sum() >= 10 else None


def segments(root, cache, split):
    """{corpus: [(speaker, {condition: (features, mask)}, {condition: 8 kHz samples})]}; kept in the cache."""
    file = os.path.join(cache, "trials_%s.pickle" % split)
    if os.path.exists(file):
        with open(file, "rb") as f:
            return pickle.load(f)
    utts, noises, fe = corpora.load(root, cache), corpora.load_noise(root), FrontEnd()
    if split == "held_out":
        test = voices.held_out(voices.read_index(root))
        utts = [u for u in utts if u.speaker in test]
        for u in utts:
            u.split = "dev"  # what speaker_segments cuts
    out = {}
    for corpus in CORPORA:
        count, rows = {}, []
        for k, (speaker, pcm) in enumerate(speaker_segments(utts, corpus)):
            if count.setdefault(speaker, 0) >= 60:
                continue
            sound = {"clean": np.asarray(pcm, dtype=np.int64)}
            sound["call"] = degrade.test_call(np.random.default_rng([17, k]), pcm.astype(np.float64), noises).astype(np.int64)
            heard = {c: hear(fe, x) for c, x in sound.items()}
            if all(h is not None for h in heard.values()):
                count[speaker] += 1
                rows.append((speaker, heard, {c: x.astype(np.int16) for c, x in sound.items()}))
        out[corpus] = rows
    with open(file, "wb") as f:
        pickle.dump(out, f)
    return out


def cross_trials(enrolled, tested, enrol, draws=20, seed=0):
    """enrolled, tested {speaker: [embedding]}, segment by segment the same: templates of the one against the other."""
    rng = np.random.default_rng(seed)
    names = list(enrolled)
    tests = np.array([unit(e) for s in names for e in tested[s]])
    owner = [s for s in names for _ in tested[s]]
    first = dict(zip(names, np.cumsum([0] + [len(tested[s]) for s in names])))
    out = []
    for s in names:
        own = enrolled[s]
        if len(own) < enrol + 1:
            continue
        for _ in range(draws):
            pick = set(rng.choice(len(own), enrol, replace=False).tolist())
            scores = tests @ unit(np.mean([unit(own[k]) for k in pick], axis=0))
            out += [(s, t, float(x)) for k, (t, x) in enumerate(zip(owner, scores)) if t != s or k - first[s] not in pick]
    return out


def rates(segs, embed, intervals=False):
    """{(corpus, condition): (EER, interval or None)} of embed(features, mask, samples)."""
    out = {}
    for corpus, rows in segs.items():
        by = {c: {} for c in CONDITIONS}
        for speaker, heard, sound in rows:
            for c in CONDITIONS:
                by[c].setdefault(speaker, []).append(embed(*heard[c], sound[c]))
        for c in CONDITIONS:
            scored = cross_trials(by["clean"], by[c], ENROL[corpus])
            out[corpus, c] = (eer(*split_scores(scored))[0], bootstrap(scored) if intervals else None)
    return out


def text(found):
    parts = []
    for (corpus, condition), (rate, interval) in found.items():
        extra = " [%.1f, %.1f]" % tuple(100 * interval) if interval is not None else ""
        parts.append("%s %s %.1f%%%s" % (corpus, condition, 100 * rate, extra))
    return "EER " + "  ".join(parts) + "  mean %.2f%%" % (100 * np.mean([r[0] for r in found.values()]))


def bundle_embedder(folder):
    graph = Model(folder).graphs["embedding"]
    return lambda features, mask, _: graph.run(features=features, mask=mask).astype(np.float64)


def layers_embedder(file):
    """Exact integers of a file that train_student.py, join_students.py or train_speaker.py wrote."""
    import torch
    from architecture import embedding_graph
    from integer_graph import Graph
    z = torch.load(file, weights_only=False)
    writer = type("", (), {"tensor": staticmethod(lambda values, dtype: np.asarray(values))})
    graph = Graph(embedding_graph(writer, z["sizes"], z["trunks"], z["dense"]), np.asarray)
    return lambda features, mask, _: graph.run(features=features, mask=mask).astype(np.float64)


def teacher_embedder(cache):
    from teacher import Teacher
    teacher = Teacher(cache)

    def embed(features, mask, samples):
        x = resample_poly(samples.astype(np.float64), 2, 1) / 32768
        return teacher.embed_all([x.astype(np.float32)], 100)[0]
    return embed


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--split", default="dev", choices=["dev", "held_out"])
    ap.add_argument("--bundle", nargs="*", default=[])
    ap.add_argument("--student", nargs="*", default=[], help="float or quantised checkpoints of train_student.py")
    ap.add_argument("--layers", nargs="*", default=[], help="what export_bundle.py takes as --speaker")
    ap.add_argument("--teacher", action="store_true", help="the teacher itself, on the same 8 kHz samples")
    ap.add_argument("--intervals", action="store_true")
    args = ap.parse_args()
    import torch
    torch.set_num_threads(1)
    segs = segments(args.data, args.cache, args.split)
    for folder in args.bundle:
        print(folder, text(rates(segs, bundle_embedder(folder), args.intervals)), flush=True)
    for file in args.student:
        from train_student import load_embedder
        print(file, text(rates(segs, load_embedder(file), args.intervals)), flush=True)
    for file in args.layers:
        print(file, text(rates(segs, layers_embedder(file), args.intervals)), flush=True)
    if args.teacher:
        print("teacher", text(rates(segs, teacher_embedder(args.cache), args.intervals)), flush=True)


if __name__ == "__main__":
    main()
