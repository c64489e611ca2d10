#!/usr/bin/env bash
# voizk bundle: a network from an ONNX file (make_speech_net.py, random weights) becomes the speaker network of a login bundle, whose threshold
# a list of trials chooses; enrolment and login with it, trusted by its digest; other lists, networks and bundles refused.
. "$(dirname "$0")/lib.sh"
python=/usr/bin/python3 others=/usr/share/pocketsphinx/test/data base=$source/models/digits8k
$python -c 'import numpy' 2>/dev/null || { echo "skipped: no numpy (Debian's python3-numpy)"; exit 77; }
PYTHONDONTWRITEBYTECODE=1 $python "$source/tests/cli/make_speech_net.py" net.onnx 40960 || fail "make_speech_net.py"
mkdir recordings && cp "$sounds"/digits/{1,2,3,4,5,6,7,8,9}.wav "$sounds/vm-intro.wav" recordings/
expect 0 "import" "$voizk" model import net.onnx --calibrate recordings --rate 8000 -o net.vzm
# Digits for enrolment and tests: a network of random weights knows a voice by little else than what it says.
for phrase in 40917 13862 75304 29615 80473 61592 38207 94158 52730 16849; do joined $phrase $phrase.wav; done
spoken=({40917,13862,75304,29615}.wav)
strangers=("$others"/cards/00{1,2,3,4,5}.wav "$others"/librivox/sense_and_sensibility_01_austen_64kb-08{7,8,9}0.wav)
{ echo me "${spoken[@]}"; echo she "$others"/librivox/sense_and_sensibility_01_austen_64kb-09{2,3}0.wav; } >models
{
  for r in {80473,61592,38207,94158,52730,16849}.wav; do echo "me $r target"; echo "she $r nontarget"; done
  for r in "${strangers[@]}"; do echo "me $r nontarget"; done
} >trials
create=("$voizk" bundle create --base "$base" --speaker net.vzm --models models)
expect 0 "create" "${create[@]}" --trials trials --fmr 0.1 --name mine -o made --json; fits bundle_create
digest=$(field bundle out)
expect 0 "show" "$voizk" bundle show --bundle made --json; fits bundle_show; says "$digest"; says '"reads": "samples"'; says "one digit may decide about the voice"
expect 0 "show the one built in" "$voizk" bundle show --json; fits bundle_show; says "the bundle's own"
# Of a list whose false matches come near: her prompts, said to be another's.
{ cat trials; for r in "${prompts[@]}"; do echo "me $r nontarget"; done; } >near
expect 0 "create, of a list that is hard" "${create[@]}" --trials near --fmr 0.1 -o hard --json
expect 0 "its scores" "$voizk" eval near --models models --bundle hard --draws 0 --scores scores --json
$python - <<'PYTHON' || fail "the threshold is not the lowest that keeps the rate"
import json, math
threshold = json.load(open("out"))["threshold"]
rows = [line.split() for line in open("scores")]
wrong = sorted((float(r[2]) for r in rows if r[3] == "nontarget"), reverse=True)
assert threshold > 0.01 and threshold == (math.floor(wrong[int(0.1 * len(wrong))] * 4096) + 1) / 4096, (threshold, wrong)
PYTHON
expect 2 "the folder is there" "${create[@]}" --trials trials --fmr 0.1 -o made --json; fits error; says "is there already"
expect 2 "too few trials for the rate" "${create[@]}" --trials trials --fmr 0.001 -o other --json; fits error; says "at least 1000"
head -n 3 trials >few && echo "me nowhere.wav nontarget" >>few
expect 2 "a recording that is not there" "${create[@]}" --trials few --fmr 0.1 -o other --json; fits error; says "few:4"
expect 2 "a base with an imported network" "$voizk" bundle create --base made --speaker net.vzm --models models --trials trials -o other --json; fits error; says "already"
echo "correct horse" >pw && chmod 600 pw
expect 2 "no network" "$voizk" bundle create --base "$base" --speaker pw --models models --trials trials -o other; says "no voizk model"
[ ! -e other ] || fail "a failure left a folder"

# A login with it.
expect 2 "not trusted" "$voizk" enrol --bundle made --rp $party "${spoken[@]}" --out pub.json --passphrase-file pw --json; fits error; says "$digest"
expect 0 "enrol" "$voizk" enrol --bundle made --trust-bundle "$digest" --rp $party "${spoken[@]}" --out pub.json --passphrase-file pw
printf '#!/bin/sh\nexec "%s" "$@" --bundle "%s/made"\n' "$voizk" "$work" >with && chmod +x with
plain=$voizk voizk=$work/with
expect 0 "state" "$voizk" state init state
accepted
check=(--challenge challenge.json --credential pub.json)
flipped login.proof tampered.proof 5000
expect 1 "tampered" "$voizk" verify --proof tampered.proof "${check[@]}" --state state
expect 2 "by the bundle built in" "$plain" verify --proof login.proof "${check[@]}" --state state
cp -r made altered && flipped made/weights.bin altered/weights.bin $(($(stat -c %s made/weights.bin) - 900))
expect 2 "by an altered bundle" "$plain" verify --proof login.proof "${check[@]}" --state state --bundle altered
expect 0 "inspect" "$voizk" inspect --proof login.proof "${check[@]}" --json; fits inspect; says "one digit may decide about the voice"
expect 0 "verified" "$voizk" verify --proof login.proof "${check[@]}" --state state --json; fits verify
expect 3 "another's voice" "$voizk" prove --challenge challenge.json --audio "$impostor" --raw-rate 16000 --out x --passphrase-file pw
finish
