"""Chooses the decision section from dev speakers under login conditions, and prints the trade-offs.

Speaker test: embedding pooled over voiced frames of the phrase's own path, template from other recordings of the speaker
(Hyke: three 6 s pieces of other lines; AN4: four other utterances). Nothing of the demonstration voices is used."""
import argparse
import json

import numpy as np

import corpora
from decision import best_path, counts, make_template
from digits_data import WORDS
from evaluate import eer, unit
from evaluate_bundle import Model
from hyke_labels import COUNTS, label_line

TEMPLATE_NORM = 400  # mean component 50: clipping at 127 stays rare

# docs/decision.md, section 7: what dev speakers' natural digit strings need, with some room.
EVEN_DIGITS = {"digit_frames_max": 40, "digit_voiced_min": 4, "digit_voiced_percent": 25,
               "digit_share_percent": [35, 190], "digit_level_range": 6124}  # 18 dB


def hyke_tests(model, utts):
    """[(speaker, line, embedding)] of runs of 6 digits, pooled as at login; and 6 s pieces by line."""
    tests, pieces = [], []
    for u in utts:
        if u.corpus != "hyke" or u.split != "dev":
            continue
        pcm = u.pcm.astype(np.int64)
        for a in range(0, len(pcm) - 47999, 48000):
            pieces.append((u.speaker, u.name, model.embed(model.front(pcm[a:a + 48000]))))
        logits = model.logits(model.fe.run(model.fe.pad(pcm, model.fe.frames_for(len(pcm)) // 2 * 2)))
        labels, _ = label_line(logits, COUNTS[int(u.name.split("_")[-1])])
        for k in range(0, len(labels) - 5, 6):
            run = labels[k:k + 6]
            tests.append((u.speaker, u.name, login_embedding(
                model, pcm[max(0, run[0][1] * 160 - 400):run[-1][2] * 160 + 400], [r[0] for r in run])))
    return tests, pieces


def login_embedding(model, pcm, phrase):
    r = model.front(pcm)
    _, path, kinds = best_path(model.logits(r), phrase, model.doc["decision"]["min_frames"])
    _, _, mask = counts(path, kinds, r["voiced"])
    return model.embed(r, mask) if mask.sum() else None


def an4_tests(model, utts):
    tests, pieces = [], []
    for u in utts:
        if u.corpus != "an4" or u.split != "dev":
            continue
        words = u.words.split()
        pcm = u.pcm.astype(np.int64)
        pieces.append((u.speaker, u.name, model.embed(model.front(pcm))))
        if 4 <= len(words) <= 8 and all(w in WORDS for w in words):
            tests.append((u.speaker, u.name, login_embedding(model, pcm, [WORDS[w] % 10 for w in words])))
    return tests, pieces


def scores(tests, pieces, enrol, draws, rng):
    genuine, impostor = [], []
    speakers = sorted({p[0] for p in pieces})
    for s in speakers:
        for t_speaker, t_name, e in tests:
            if e is None:
                continue
            own = [p[2] for p in pieces if p[0] == s and p[1] != t_name]
            if len(own) < enrol:
                continue
            for _ in range(draws if s == t_speaker else 2):
                pick = rng.choice(len(own), enrol, replace=False)
                template = make_template([own[k] for k in pick], TEMPLATE_NORM)
                (genuine if s == t_speaker else impostor).append(float(unit(template) @ unit(e)))
    return np.array(genuine), np.array(impostor)


def norms(pieces, enrol, rng):
    t, e = [], [float((p[2]**2).sum()) for p in pieces]
    for s in sorted({p[0] for p in pieces}):
        own = [p[2] for p in pieces if p[0] == s]
        for _ in range(20):
            pick = rng.choice(len(own), min(enrol, len(own)), replace=False)
            t.append(float((make_template([own[k] for k in pick], TEMPLATE_NORM)**2).sum()))
    return t, e


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="../../../shared/data")
    ap.add_argument("--cache", required=True)
    ap.add_argument("--bundle", required=True)
    ap.add_argument("--phrases", help="file written by phrase_trials.py; without it the bundle's phrase bounds stay")
    ap.add_argument("--far", type=float, default=0.03)
    ap.add_argument("--out", required=True)
    args = ap.parse_args()
    rng = np.random.default_rng(3)
    utts = corpora.load(args.data, args.cache)
    model = Model(args.bundle)
    every_g, every_i = {}, {}
    template_norms, embedding_norms = [], []
    for name, (tests, pieces), enrol in (("hyke", hyke_tests(model, utts), 3), ("an4", an4_tests(model, utts), 4)):
        g, i = scores(tests, pieces, enrol, 10, rng)
        every_g[name], every_i[name] = g, i
        t, e = norms(pieces, enrol, rng)
        template_norms += t
        embedding_norms += e
        print("login condition, %s: EER %.1f %%, %d genuine, %d impostor" % (name, 100 * eer(g, i)[0], len(g), len(i)))
    impostors = np.concatenate([rng.choice(v, 4000) for v in every_i.values()])
    theta = float(np.quantile(impostors, 1 - args.far))
    theta_q12 = int(np.ceil(theta * 4096))
    parts = []
    for name in every_g:
        far, frr = np.mean(every_i[name] * 4096 >= theta_q12), np.mean(every_g[name] * 4096 < theta_q12)
        parts.append("%s FAR %.1f %% FRR %.1f %%" % (name, 100 * far, 100 * frr))
    print("theta_q12 %d: %s" % (theta_q12, "; ".join(parts)))
    print("template |t|^2 %d..%d, embedding |e|^2 %d.." % (min(template_norms), max(template_norms), min(embedding_norms)))
    if args.phrases:
        with open(args.phrases) as f:
            decision = choose_phrase(json.load(f))
    else:
        decision = dict(model.doc["decision"])
        decision["phrase_text"] = decision["operating_point"][decision["operating_point"].index("Phrase:"):]
    decision.update(EVEN_DIGITS)
    decision.update({
        "theta_q12": theta_q12, "template_norm": TEMPLATE_NORM,
        "template_norm2": [int(0.8 * TEMPLATE_NORM**2), int(1.1 * TEMPLATE_NORM**2)],
        "embedding_norm2_min": int(min(embedding_norms) / 4), "phrase_digits": [5, 8],
        "min_frames": model.doc["decision"]["min_frames"], "enrol_min_utterances": 3, "enrol_voiced_min": 400,
        "operating_point": "cosine: FAR %.1f %% over dev impostors of Hyke and AN4 in equal parts (%s). %s"
                           % (100 * args.far, "; ".join(parts), decision.pop("phrase_text"))})
    with open(args.out, "w") as f:
        json.dump(decision, f, indent=1)


def rate(rows, key, base, per):
    if key == "cost":
        return np.mean([r["cost"] <= base + per * r["length"] for r in rows])
    return np.mean([c <= base + per * r["length"] for r in rows for c in r[key]])


def choose_phrase(rows, false_one=0.03):
    """Margin base + per*L: the one that accepts most right phrases among those that accept at most
    `false_one` of the phrases with one digit changed (mean over the kinds of dev material)."""
    best = None
    for per in range(0, 101, 4):
        for base in range(0, 321, 20):
            wrong = np.mean([rate([r for r in rows if r["kind"] == k], "changed", base, per) for k in kinds_of(rows)])
            if wrong > false_one:
                continue
            right = np.mean([rate([r for r in rows if r["kind"] == k], "cost", base, per) for k in kinds_of(rows)])
            if best is None or right > best[0]:
                best = (right, wrong, base, per)
    right, wrong, base, per = best
    for k in kinds_of(rows):
        some = [r for r in rows if r["kind"] == k]
        print("phrase %-20s accepts right %.3f, one digit changed %.4f, random %.4f (n %d)"
              % (k, rate(some, "cost", base, per), rate(some, "changed", base, per), rate(some, "random", base, per), len(some)))
    ok = [r for r in rows if r["cost"] <= base + per * r["length"]]
    inside = int(np.percentile([r["inside"] for r in ok if r["length"] >= 5], 2))
    outside = int(np.percentile([r["outside"] for r in ok], 98)) + 1
    print("margin %d + %d L, inside %d, outside %d" % (base, per, inside, outside))
    return {"margin_base": base, "margin_per_digit": per, "inside_min": inside, "outside_max": outside,
            "phrase_text": "Phrase: accepts %.1f %% of right phrases, %.2f %% of phrases with one digit changed "
                           "(dev, mean over kinds of material)." % (100 * right, 100 * wrong)}


def kinds_of(rows):
    return sorted({r["kind"] for r in rows})


if __name__ == "__main__":
    main()
