#!/usr/bin/env bash
# voizk eval: figures held against their definitions, errors that name line and file, what an interrupted run keeps, comparisons, phrases, plots.
. "$(dirname "$0")/lib.sh"
data=${VOIZK_SPEECH_DIR:-$source/../shared/data}
[ -f "$data/index.tsv" ] || { echo "skipped: no recordings (VOIZK_SPEECH_DIR, the folder of index.tsv)"; exit 77; }
python3 - "$data/index.tsv" <<'PY'
# Four of AN4's dev speakers: three recordings to enrol from, six to test; AN4's strings of digits.
import csv, sys
names = "ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE".split()
rows = [r for r in csv.DictReader(open(sys.argv[1]), delimiter="\t") if r["corpus"] == "an4" and r["split"] == "dev"]
by = {}
for r in rows:
    if float(r["duration_s"]) >= 1.5:
        by.setdefault(r["speaker"], []).append(r["utterance"])
people = sorted(by)[:4]
with open("models", "w") as f:
    for p in people:
        print(p, *by[p][:3], file=f)
with open("list", "w") as f:
    for p in people:
        for q in people:
            for u in by[q][3:9]:
                print(p, u, "target" if p == q else "nontarget", file=f)
with open("digits", "w") as f:
    spoken = [r for r in rows if set(r["words"].split()) <= set(names) and r["words"]]
    for r in spoken[:6]:
        print(r["utterance"], *[names.index(w) for w in r["words"].split()], file=f)
PY
eval_() { "$voizk" eval "$@" --utterances "$data/index.tsv" --audio "$data"; }
expect 0 "a list" eval_ list --models models --by sex --by length --scores s --plot d.svg --plot d.png --draws 100 --json; fits eval
cp out first
expect 0 "figures are those of the definitions" python3 - first s <<'PY'
import json, sys
from fractions import Fraction
rates = json.load(open(sys.argv[1]))["all"]["rates"]
rows = [l.split() for l in open(sys.argv[2])]
right = [float(r[2]) for r in rows if r[3] == "target"]
wrong = [float(r[2]) for r in rows if r[3] == "nontarget"]
points = [(Fraction(sum(x >= t for x in wrong), len(wrong)), Fraction(sum(x < t for x in right), len(right)))
          for t in sorted(set(right + wrong)) + [2]]
k = next(i for i, (fmr, fnmr) in enumerate(points) if fnmr >= fmr)
(x0, y0), (x1, y1) = points[k - 1], points[k]
meant = {"eer": y0 + (x0 - y0) / (x0 - y0 + y1 - x1) * (y1 - y0)}
for n, name in ((100, "min_dcf_1e-2"), (1000, "min_dcf_1e-3")):
    meant[name] = min(fnmr + (n - 1) * fmr for fmr, fnmr in points)
for name, value in meant.items():
    assert abs(rates[name]["value"] - value) < 1e-9, (name, rates[name], float(value))
assert rates["fnmr_at_fmr_1e-4"] == {"support": "none"}, rates
assert len(rows) > 60 and meant["eer"] < 0.4, (len(rows), meant)
PY
[ "$(stat -c %a s)" = 600 ] || fail "scores can be read by others"
grep -q "FMR" d.svg && [ "$(head -c 4 d.png | tail -c 3)" = PNG ] || fail "no plots"
expect 0 "for people" eval_ list --models models --draws 50; says "EER"; says "not measurable"
# The same list in the other form gives the same scores.
expect 0 "the list in the other form" eval_ list --models models --draws 0 --write-list vox --format voxceleb --json
expect 0 "that list" eval_ vox --models models --draws 0 --scores s2 --threads 1 --json; cmp s s2 || fail "scores depend on the form of the list"

# Scores of any system.
expect 0 "compare one" "$voizk" eval --compare s --models models --draws 50 --json; fits eval_compare
sed 's/\(.*\) \(.*\) \(.*\)$/\1 0.5 \3/' s >flat
expect 0 "compare two" eval_ --compare s flat --models models --draws 50 --json; fits eval_compare; says '"difference"'
head -n 5 s >short
expect 2 "compare others" eval_ --compare s short --models models; says "s:6: "
{ sed '$d' s; head -n 1 s; } >doubled
expect 2 "a trial twice in place of another" eval_ --compare doubled s --models models; says "doubled:$(wc -l <s): this trial is there twice, first in line 1"

# Phrases.
expect 0 "phrases" eval_ --phrases digits --draws 50 --json; fits eval_phrases; says '"right_phrase_refused"'
echo "an1 12x" >bad; expect 2 "no digits" eval_ --phrases bad; says "bad:1: "

# Bad input: line and file.
printf '%s\nbroken line\n' "$(head -n 3 list)" >bad
expect 2 "a corrupt list" eval_ bad --models models --json; says "bad:4: "; fits error
printf '%s\nnobody nothing target\n' "$(head -n 3 list)" >bad
expect 2 "an unknown model" eval_ bad --models models; says "bad:4: the model nobody"
printf 'id\tpath\tspeaker\na\tabsent.wav\tA\nb\tempty.wav\tA\nc\tletter.wav\t\n' >table
printf 'a b target\n' >bad; : >empty.wav; echo "Dear Sir" >letter.wav
expect 2 "a missing file" "$voizk" eval bad --utterances table; says "bad:1: absent.wav: there is no such file"
printf 'b b target\n' >bad; expect 2 "an empty file" "$voizk" eval bad --utterances table; says "bad:1: empty.wav: the file is empty"
printf 'c c target\n' >bad; expect 2 "no speaker" "$voizk" eval bad --utterances table; says "table:4: no speaker"
expect 2 "nothing asked" "$voizk" eval; says "give a LIST"
expect 2 "a plot of no kind" eval_ list --plot d.jpg; says "d.jpg: "
# A damaged recording does not lose the others.
cp "${prompts[0]}" good.wav
printf 'good.wav good.wav target\nletter.wav letter.wav target\n' >bad
expect 2 "a damaged file" "$voizk" eval bad --scores partial; says "bad:2: letter.wav: "
grep -q "^good.wav good.wav" partial || fail "what was done is lost"

# A model is scored with all of its recordings or not at all.
printf 'm good.wav letter.wav\nn good.wav\n' >m2; printf 'm good.wav target\nn good.wav target\n' >bad
expect 2 "a model with a damaged file" "$voizk" eval bad --models m2 --scores partial; says "m2:1: letter.wav: "
grep -q "^n good.wav" partial && ! grep -q "^m " partial || fail "half a model is scored"

# Interrupted: what is done is kept with --resume, for its owner alone, and goes when all is done.
expect 2 "resume without scores" eval_ list --models models --resume; says "--scores"
for after in 0.1 0.2 0.3 0.5 0.8; do
  rm -f r r.embeddings
  python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' "$voizk" eval list --models models --utterances "$data/index.tsv" \
    --audio "$data" --scores r --resume --draws 0 --threads 1 >out 2>err &
  child=$!; sleep $after; kill -s INT $child 2>/dev/null; wait $child; got=$?
  [ -f r.embeddings ] && [ "$(wc -l <r.embeddings)" -gt 1 ] && break
done
if [ -f r.embeddings ]; then
  [ $got = 130 ] || fail "interrupted: exit $got"
  [ "$(stat -c %a r.embeddings)" = 600 ] || fail "embeddings can be read by others"
  cp -p r.embeddings kept
  expect 0 "resumed" eval_ list --models models --scores r --resume --draws 0 --json
  grep -q '"resumed": 0' out && fail "nothing was resumed"
  cmp s r || fail "a resumed run has other scores"
  [ ! -e r.embeddings ] || fail "embeddings are left"
  cp -p kept r.embeddings
  expect 2 "another bundle's embeddings" eval_ list --models models --scores r --resume --bundle "$source/models/large8k"; says "r.embeddings:1: "
  chmod 644 r.embeddings
  expect 2 "embeddings that others read" eval_ list --models models --scores r --resume; says "0600"
  chmod 600 r.embeddings; echo "spoilt" >>r.embeddings
  expect 2 "spoilt embeddings" eval_ list --models models --scores r --resume; says "r.embeddings:"
else
  fail "no signal came in time: the test shows nothing"
fi
finish
