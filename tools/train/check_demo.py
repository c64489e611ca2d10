"""Runs a bundle on the demonstration voices, for information: nothing is trained or chosen on them."""
import argparse
import glob
import os

import numpy as np
import soundfile as sf

from decision import best_path, counts, digits_are_even, make_template, phrase_costs
from evaluate import unit
from evaluate_bundle import Model
from phrase_trials import neighbours, phrase_of
from scipy.signal import resample_poly

SOUNDS = "/usr/share/asterisk/sounds/en_US_f_Allison"
MAN = "/usr/share/pocketsphinx/test/data/tidigits/dhd.2934z.raw"


def login(model, pcm, phrase):
    d = model.doc["decision"]
    r = model.front(pcm)
    logits = model.logits(r)
    cost, path, kinds = best_path(logits, phrase, d["min_frames"])
    inside, outside, mask = counts(path, kinds, r["voiced"])
    wrong = phrase_costs(logits, list(neighbours(phrase)), d["min_frames"]).min()
    margin = d["margin_base"] + d["margin_per_digit"] * len(phrase)
    even = digits_are_even(d, path, kinds, mask, r["energy"], len(phrase))
    ok = even and cost <= margin and inside >= d["inside_min"] and outside <= d["outside_max"] and r["snr_ok"]
    return dict(cost=cost, margin=margin, nearest_wrong=int(wrong), inside=inside, outside=outside,
                even=even, snr_ok=r["snr_ok"], phrase_ok=bool(ok)), model.embed(r, mask)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--bundle", default="../../models/digits8k")
    ap.add_argument("--trials", type=int, default=20)
    args = ap.parse_args()
    model, rng = Model(args.bundle), np.random.default_rng(1)
    prompts = []
    for f in sorted(glob.glob(os.path.join(SOUNDS, "*.wav"))):
        x, rate = sf.read(f, dtype="int16")
        if rate == 8000 and 5.0 <= len(x) / 8000 <= 12.0:
            prompts.append((f, x.astype(np.int64)))
    print("prompts of 5 to 12 s:", len(prompts))
    digits = [sf.read(os.path.join(SOUNDS, "digits", "%d.wav" % d), dtype="int16")[0].astype(np.int64) for d in range(10)]
    man, _ = sf.read(MAN, samplerate=16000, channels=1, subtype="PCM_16", format="RAW", dtype="int16")
    man = np.rint(resample_poly(man.astype(float), 1, 2)).astype(np.int64)
    theta = model.doc["decision"]["theta_q12"] / 4096
    ok = 0
    for _ in range(args.trials):
        pick = rng.choice(len(prompts), 5, replace=False)
        template = make_template([model.embed(model.front(prompts[k][1])) for k in pick],
                                 model.doc["decision"]["template_norm"])
        phrase = phrase_of(rng, int(rng.integers(5, 9)))
        pcm = np.concatenate([digits[d] for d in phrase])
        info, e = login(model, pcm, phrase)
        cosine = float(unit(template) @ unit(e))
        info_man, e_man = login(model, man, [2, 9, 3, 4, 0])
        ok += info["phrase_ok"] and cosine >= theta
        print("phrase", "".join(map(str, phrase)), "cosine %.3f (theta %.3f)" % (cosine, theta), info,
              "| man cosine %.3f" % float(unit(template) @ unit(e_man)), info_man)
    print("accepted %d of %d" % (ok, args.trials))


if __name__ == "__main__":
    main()
