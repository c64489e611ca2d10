#!/usr/bin/env bash
# Runs docs/networks.md's blocks marked `sh` as they stand: a network of one's own from an ONNX file and recordings to a verified proof,
# and that its integers are near its floats. The network is made here (make_speech_net.py).
. "$(dirname "$0")/lib.sh"
python=/usr/bin/python3
$python -c 'import numpy' 2>/dev/null || { echo "skipped: no numpy (Debian's python3-numpy)"; exit 77; }
mkdir bin && ln -s "$voizk" bin/voizk && PATH=$work/bin:$PATH
PYTHONDONTWRITEBYTECODE=1 $python "$source/tests/cli/make_speech_net.py" net.onnx || fail "make_speech_net.py"
mkdir recordings && cp "$sounds"/digits/{1,2,3,4,5,6,7,8,9}.wav recordings/ && cp "$sounds/vm-intro.wav" hello.wav
sed -n '/^```sh$/,/^```$/{/^```/!p}' "$source/docs/networks.md" >blocks
[ "$(grep -c . blocks)" = 5 ] || fail "docs/networks.md has no five commands"
while read -r line; do
  [ -n "$line" ] && expect 0 "$line" bash -c "$line"
done <blocks
expect 0 "eval, compared" voizk model eval net.vzm --input hello.wav --rate 8000 --onnx net.onnx --json
$python - <<'PYTHON' || fail "the integers are not what the floats say"
import json
error = json.load(open("out"))["relative_error"]
assert 0 < error < 0.05, error
PYTHON
expect 1 "another network's proof" voizk model verify net.vzm hello.wav
finish
