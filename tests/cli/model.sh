#!/usr/bin/env bash
# voizk model as a new user has it: an ONNX file and arrays (make_onnx.py, whose numpy is the reference) to a model file, runs, proofs;
# what is not understood is refused with the file's name, and nothing that is read is overwritten.
. "$(dirname "$0")/lib.sh"
python=/usr/bin/python3
$python -c 'import numpy' 2>/dev/null || { echo "skipped: no numpy (Debian's python3-numpy)"; exit 77; }
$python "$source/tests/cli/make_onnx.py" net || fail "make_onnx.py"
import() { "$voizk" model import net/small.onnx --input x=1x16 --value gain=2 --calibrate x=net/x --calibrate state=net/state -o x.vzm "$@"; }
given=(--input x=net/x.npy --input state=net/state.npy)
# refused SAYS COMMAND...: exit 2, that text, and an error object of --json.
refused() { local says=$1; shift; expect 2 "$*" "$@"; says "$says"; expect 2 "$* --json" "$@" --json; fits error; says "$says"; }

expect 0 "import" import; says "hidden"; cp x.vzm first.vzm
expect 0 "import --json" import --json; fits model_import; grep -q '"relative_error": 0\.0' out || fail "no errors of layers"
cmp -s x.vzm first.vzm || fail "a second import gives another file"
expect 0 "import with 16 bits" "$voizk" model import net/small.onnx --input x=1x16 --value gain=2 --calibrate x=net/x --calibrate state=net/state -o fine.vzm --bits 16
expect 0 "show" "$voizk" model show x.vzm; says "state"
expect 0 "show --json" "$voizk" model show x.vzm --json; fits model_show; says "$(sha256sum x.vzm | cut -d' ' -f1)"
expect 0 "show -" "$voizk" model show - <x.vzm; says "state"
says "by estimate"
expect 0 "show --svg" "$voizk" model show x.vzm --svg x.svg; says "state"
$python - <<'PYTHON' || fail "the picture"
import xml.etree.ElementTree as tree
svg = tree.parse("x.svg").getroot()
boxes, lines = (svg.findall(f".//{{*}}{name}") for name in ("rect", "path"))
text = " ".join("".join(t.itertext()) for t in svg.findall(".//{*}text"))
assert len(boxes) > 4 and len(lines) >= len(boxes) - 2 and "requant" in text and "bits" in text, (len(boxes), len(lines), text)
PYTHON
refused "x.vzm" "$voizk" model show x.vzm --svg x.vzm
expect 0 "eval" "$voizk" model eval x.vzm "${given[@]}" --onnx net/small.onnx --value gain=2 --output out.npy --json; fits model_eval
$python - <<'PYTHON' || fail "eval is not what numpy computes"
import json, numpy as np
out, want = json.load(open("out")), np.load("net/y.npy")
far = lambda a: np.linalg.norm(np.ravel(a) - want.ravel()) / np.linalg.norm(want)
assert far(out["float_output"]) < 1e-5 and 1e-9 < far(out["output"]) < 0.02 and abs(far(out["output"]) - out["relative_error"]) < 1e-4
written = np.load("out.npy")
assert written.shape == (1, 4) and written.dtype == np.float32 and np.allclose(written.ravel(), out["output"])
PYTHON
expect 0 "eval, an input from standard input" "$voizk" model eval x.vzm --input x=- --input state=net/state.npy <net/x.npy
expect 0 "prove" "$voizk" model prove x.vzm "${given[@]}" --context abc -o x.proof --json; fits model_prove
expect 0 "verify" "$voizk" model verify x.vzm x.proof --context abc --output y.npy --json; fits model_verify
cmp -s y.npy out.npy || fail "the proven output is not that of eval"
[ "$(stat -c %a x.proof out.npy | tr '\n' ' ')" = "600 600 " ] || fail "others may read a run of secret inputs"
expect 0 "verify -" "$voizk" model verify x.vzm - --context abc <x.proof; says "accepted"
"$voizk" model prove x.vzm "${given[@]}" -o - >piped.proof 2>err || fail "prove -o -"
says "proof written to"
expect 0 "verify what was piped" "$voizk" model verify x.vzm piped.proof
expect 0 "prove with public inputs" "$voizk" model prove x.vzm "${given[@]}" --public-inputs -o open.proof
expect 0 "verify on these inputs" "$voizk" model verify x.vzm open.proof "${given[@]}" --json; fits model_verify; says "integers"

expect 0 "prove within memory" "$voizk" model prove x.vzm "${given[@]}" --memory 100M -o small.proof --json; fits model_prove
[ "$(sed -n 's/.*"peak_memory_bytes": *\([0-9]*\).*/\1/p' out)" -lt 100000000 ] || fail "more memory than --memory allows"
refused "by estimate" "$voizk" model prove x.vzm "${given[@]}" --memory 20M -o no.proof
[ ! -e no.proof ] || fail "a proof in spite of --memory"
refused "memory" "$voizk" model prove x.vzm "${given[@]}" --memory much -o no.proof
expect 0 "bench" "$voizk" bench x.vzm --repeats 1 --threads 1 --json; fits bench; says "x.vzm"
expect 2 "bench of no file" "$voizk" bench gone.vzm --repeats 1 --threads 1 --json; fits bench; says "No such file"

rejected() { local says=$1; shift; expect 1 "$*" "$voizk" model verify "$@"; expect 1 "$* --json" "$voizk" model verify "$@" --json; fits error; says "$says"; }
"$voizk" model import net/other.onnx --input x=1x16 --value gain=2 --calibrate x=net/x --calibrate state=net/state -o other.vzm >out 2>err || fail "other.onnx"
rejected proof_rejected x.vzm x.proof --context abd
rejected proof_rejected x.vzm x.proof
rejected proof_rejected other.vzm x.proof --context abc
rejected proof_rejected x.vzm open.proof --input x=net/x/00.npy --input state=net/state.npy
rejected proof_rejected x.vzm x.proof --context abc "${given[@]}"
size=$(stat -c %s x.proof)
for n in 0 7 8 12 44 45 60 1000 $((size - 1)); do
  head -c "$n" x.proof >cut.proof; rejected '"error": "proof_' x.vzm cut.proof --context abc
done
for at in 0 20 44 50 1000 $((size / 2)) $((size - 1)); do
  flipped x.proof bad.proof "$at"; rejected '"error": "proof_' x.vzm bad.proof --context abc
done
cat x.proof pw >long.proof 2>/dev/null; printf x >>long.proof; rejected '"error": "proof_' x.vzm long.proof --context abc

# Secret weights: a key proves, a file without them verifies, many times; nothing else does.
commit() { "$voizk" model commit "$1.vzm" -o "$1.key" --public "$1.pub" "${@:2}"; }
expect 0 "commit" commit x; says "secret"; expect 0 "commit --json" commit x --json; fits model_commit; says "$(sha256sum x.pub | cut -d' ' -f1)"
[ "$(stat -c %a x.key)" = 600 ] || fail "others may read a key"
cp x.vzm again.vzm; commit again >out 2>err || fail "a second commitment"
cmp -s x.pub again.pub && fail "two commitments are the same"
expect 0 "show, a public file" "$voizk" model show x.pub --json; fits model_show; says committed_
expect 0 "eval, with a key" "$voizk" model eval x.key "${given[@]}" --output secret.npy --json; fits model_eval
cmp -s secret.npy out.npy || fail "secret weights give another output"
for k in 1 2; do
  expect 0 "prove, with a key" "$voizk" model prove x.key "${given[@]}" --context $k -o secret$k.proof --json; fits model_prove
  expect 0 "verify, without weights" "$voizk" model verify x.pub secret$k.proof --context $k --json; fits model_verify; says "$(sha256sum x.pub | cut -d' ' -f1)"
done
refused "its key is needed" "$voizk" model prove x.pub "${given[@]}" -o none.proof
refused "its key is needed" "$voizk" model eval x.pub "${given[@]}"
rejected proof_rejected x.pub secret1.proof --context 2
rejected proof_rejected again.pub secret1.proof --context 1
rejected proof_rejected x.vzm secret1.proof --context 1
rejected proof_rejected x.pub x.proof --context abc
refused "committed already" "$voizk" model commit x.pub -o y.key --public y.pub
refused "x.key" "$voizk" model commit x.key -o y.key --public y.pub
refused "written twice" "$voizk" model commit x.vzm -o y.key --public y.key
head -c 5000 x.key >cut.key; refused "cut.key" "$voizk" model show cut.key
# Weights of a key that the commitment is not of: no proof.
$python - <<'PYTHON'
key = bytearray(open("x.key", "rb").read())
key[-1] ^= 1
open("bad.key", "wb").write(key)
PYTHON
expect 2 "prove, with a changed key" "$voizk" model prove bad.key "${given[@]}" -o none.proof
[ -e none.proof ] && fail "a proof of other weights"

# Command lines and files that are not right; x.vzm stays.
cp x.vzm before
run=(import net/small.onnx --input x=1x16 --value gain=2 -o x.vzm)
both=(--calibrate x=net/x --calibrate state=net/state)
refused "needs a command: import" "$voizk" model
refused "no input 'nothing'" "$voizk" model "${run[@]}" "${both[@]}" --input nothing=1x2
refused "dims are written" "$voizk" model import net/small.onnx --input x=0x16 "${both[@]}" -o x.vzm
refused "dims are written" "$voizk" model import net/small.onnx --input x=1x "${both[@]}" -o x.vzm
refused "given twice" "$voizk" model "${run[@]}" "${both[@]}" --input x=1x16
refused "no number" "$voizk" model "${run[@]}" "${both[@]}" --value gain2=two
refused "--bits" "$voizk" model "${run[@]}" "${both[@]}" --bits 3
refused "--input-bits" "$voizk" model "${run[@]}" "${both[@]}" --input-bits 17
refused "y" "$voizk" model "${run[@]}" "${both[@]}" --output z
refused "--calibrate is required" "$voizk" model "${run[@]}"
refused "NAME is an input of the network: x, state" "$voizk" model "${run[@]}" --calibrate net/x
refused "absent" "$voizk" model "${run[@]}" --calibrate x=absent
mkdir empty; refused "there are no files in it" "$voizk" model "${run[@]}" --calibrate x=empty
refused "net/x: not a file" "$voizk" model eval x.vzm --input x=net/x --input state=net/state.npy
refused "by name" "$voizk" model import - "${both[@]}" -o x.vzm
for out in net/small.onnx net/x/00.npy net/state/03.npy; do
  refused "is read by this command" "$voizk" model import net/small.onnx --input x=1x16 --value gain=2 "${both[@]}" -o "$out"
done
for out in x.vzm net/x.npy; do
  refused "is read by this command" "$voizk" model prove x.vzm "${given[@]}" -o "$out"
  refused "is read by this command" "$voizk" model eval x.vzm "${given[@]}" --output "$out"
done
refused "is read by this command" "$voizk" model verify x.vzm x.proof --output x.proof
for other in both.npy ./both.npy; do refused "to be written twice" "$voizk" model prove x.vzm "${given[@]}" -o both.npy --output $other; done
refused "cannot have this value" "$voizk" model import net/small.onnx --input x=1x16 --value gain=1e300 "${both[@]}" -o y.vzm
expect 2 "--json and -o -" "$voizk" model prove x.vzm "${given[@]}" -o - --json; fits error
expect 2 "two inputs are -" "$voizk" model eval - --input x=- --input state=net/state.npy; says "only once"
refused "nothing is given for 'state'" "$voizk" model eval x.vzm --input x=net/x.npy
refused "NAME is an input" "$voizk" model eval x.vzm --input z=net/x.npy
refused "not a regular file" "$voizk" model import /dev/null "${both[@]}" -o y.vzm
echo "no network" >text.onnx; refused "text.onnx" "$voizk" model import text.onnx "${both[@]}" -o y.vzm
head -c 700 net/small.onnx >cut.onnx; refused "cut.onnx" "$voizk" model import cut.onnx "${both[@]}" -o y.vzm
refused "text.onnx" "$voizk" model show text.onnx
head -c 300 x.vzm >cut.vzm; refused "cut.vzm" "$voizk" model show cut.vzm
[ ! -e y.vzm ] || fail "a model file was written"

$python - <<'PYTHON'
import numpy as np
x = np.ones((1, 16), "f4")
np.save("wide.npy", np.ones((1, 17), "f4")); np.save("square.npy", np.ones((4, 4), "f4"))
np.save("nan.npy", np.where(np.arange(16) == 3, np.nan, x).astype("f4")); np.save("huge.npy", np.full((1, 16), 1e300))
np.save("big_endian.npy", x.astype(">f4")); np.save("fortran.npy", np.asfortranarray(np.ones((4, 4), "f4")))
np.save("text.npy", np.array(["a"] * 16)); np.save("object.npy", np.array([{}] * 16), allow_pickle=True)
for kind in ("f8", "i2", "i4", "i8"): np.save(f"as_{kind}.npy", x.astype(kind))
np.save("flat.npy", x.ravel())
good = open("net/x.npy", "rb").read()
for n in (5, 9, 11, 40, 127, 128, len(good) - 1): open(f"cut_{n}.npy", "wb").write(good[:n])
for name, shape in (("more", b"(1, 17)"), ("much", b"(99999999999, 16)"), ("zero", b"(0, 16)"), ("open", b"(1, 16 "), ("minus", b"(-1,16)"), ("wraps", b"(65536,65536,65536,65536,16)")):
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + b", }\n"
    open(f"lies_{name}.npy", "wb").write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + good[-64:])
PYTHON
for file in wide square nan huge big_endian fortran text object cut_5 cut_9 cut_11 cut_40 cut_127 cut_128 "cut_$(($(stat -c %s net/x.npy) - 1))" lies_{more,much,zero,open,minus,wraps}; do
  refused "" "$voizk" model eval x.vzm --input x=$file.npy --input state=net/state.npy
  case $file in nan | huge) says "finite" ;; *) says "$file.npy" ;; esac
  refused "" "$voizk" model "${run[@]}" --calibrate x=$file.npy --calibrate state=net/state
done
for kind in f8 i2 i4 i8; do
  expect 0 "values as $kind" "$voizk" model eval x.vzm --input x=as_$kind.npy --input state=net/state.npy --json; fits model_eval
  cp out "out_$kind"; cmp -s out_f8 "out_$kind" || fail "$kind gives another output"
done
expect 0 "a shape without its ones" "$voizk" model eval x.vzm --input x=flat.npy --input state=net/state.npy

# Folders: arrays and recordings side by side, in the order of their names; what is neither is named.
mkdir mixed; cp net/x/00.npy mixed/b.npy; cp "$sounds/digits/1.wav" mixed/a.wav
expect 0 "a folder of both" "$voizk" model "${run[@]}" --rate 8000 --calibrate x=mixed --calibrate state=net/state
echo "no array" >mixed/c.txt; refused "mixed/c.txt" "$voizk" model "${run[@]}" --calibrate x=mixed --calibrate state=net/state
cp net/x.npy mixed/c.txt; expect 0 "an array by another name" "$voizk" model "${run[@]}" --calibrate x=mixed --calibrate state=net/state
expect 0 "a recording as an input" "$voizk" model eval x.vzm --input x="$sounds/digits/1.wav" --rate 8000 --input state=net/state.npy
mkdir rest; cp net/x/0[1-9].npy net/x/1*.npy rest/
expect 0 "the folder in two" "$voizk" model import net/small.onnx --input x=1x16 --value gain=2 --calibrate x=net/x/00.npy --calibrate x=rest --calibrate state=net/state -o two.vzm
cmp -s two.vzm first.vzm || fail "the same samples in the same order give another file"

# A file-size limit and Ctrl-C: nothing half-written.
mkdir clean
expect 2 "import under a file-size limit" bash -c "trap '' XFSZ; ulimit -f 0; '$voizk' model ${run[*]} ${both[*]} -o clean/x.vzm --json 2>&1 | cat; exit \${PIPESTATUS[0]}"
vad=${VOIZK_SPEECH_DIR:-$source/../shared/data}/weights/silero/silero_vad_16k_op15.onnx
if [ -f "$vad" ]; then
  mkdir vad state
  $python -c 'import numpy as np
r = np.random.default_rng(2)
for k in range(64): np.save(f"vad/{k:02}.npy", r.normal(0, 0.1 * 10.0 ** -(k % 4), (1, 576)).astype("f4")); np.save(f"state/{k:02}.npy", r.normal(0, 0.3, (2, 1, 128)).astype("f4"))'
  network=("$vad" --input input=1x576 --input state=2x1x128 --value sr=16000 --output output)
  ended=0
  for signal in TERM INT; do
    for after in 0.02 0.05 0.1 0.15 0.2 0.3 0.4; do
      $python -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' \
        "$voizk" model import "${network[@]}" --calibrate input=vad --calibrate state=state -o clean/v.vzm --json >out 2>err &
      sleep $after; kill -s $signal $! 2>/dev/null; wait $!; got=$?
      case $signal:$got in
        *:0) fits model_import ;;
        TERM:2) fits error; says interrupted; ended=$((ended + 1)) ;;
        INT:130) [ ! -s out ] || { fits error; says interrupted; ended=$((ended + 1)); } ;;
        *:143) [ ! -s out ] || fail "killed, but after an object" ;;
        *) fail "import, SIG$signal after $after s: exit $got"; cat out err ;;
      esac
      [ -z "$(ls -A clean | grep -vx v.vzm)" ] || fail "SIG$signal after $after s leaves $(ls -A clean)"
      [ ! -e clean/v.vzm ] || "$voizk" model show clean/v.vzm >/dev/null || fail "a half-written model"
      rm -f clean/v.vzm
    done
  done
  [ $ended -ge 1 ] || fail "no signal came in time: the test shows nothing"
  expect 0 "Silero VAD" "$voizk" model import "${network[@]}" --calibrate input=vad --calibrate state=state -o v.vzm --json; fits model_import
  # Loud and quiet samples, as in speech; the export without If is another decomposition of the LSTM.
  expect 0 "Silero VAD without If" "$voizk" model import "${vad%_16k_op15.onnx}_op18_ifless.onnx" "${network[@]:1}" \
    --calibrate input=vad --calibrate state=state -o w.vzm --json; fits model_import
  expect 0 "Silero VAD, a proof" "$voizk" model prove v.vzm --input input=vad/00.npy --input state=state/00.npy -o v.proof
  expect 0 "Silero VAD, verified" "$voizk" model verify v.vzm v.proof
else
  echo "not run: Ctrl-C during an import, Silero VAD: no $vad"
fi
[ -z "$(ls -A clean)" ] || fail "left over: $(ls -A clean)"
finish
