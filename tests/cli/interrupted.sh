#!/usr/bin/env bash
# Ctrl-C and SIGTERM at any moment of a proof and an enrolment: one JSON object, files whole or not there, nothing left beside them.
. "$(dirname "$0")/lib.sh"
echo "correct horse" >pw
pass=(--passphrase-file pw)
expect 0 "enrol" "$voizk" enrol --rp $party "${prompts[@]}" --out pub.json "${pass[@]}"
accepted
mkdir work; mkdir -m 700 store

# interrupted SIGNAL SECONDS COMMAND...: the exit code, standard output in `out`. Not by `timeout`, which gives codes of its own.
interrupted() {
  local signal=$1 seconds=$2; shift 2
  # python: a background job of a script ignores SIGINT, and what is ignored stays so.
  python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' "$@" >out 2>err &
  local child=$!
  sleep "$seconds"
  kill -s "$signal" $child 2>/dev/null
  wait $child
}
ended=0
for signal in TERM INT HUP; do
  for after in 0.05 0.08 0.11 0.15 0.2 0.25 0.3 0.4 0.5 0.7; do
    interrupted $signal $after "$voizk" prove --challenge challenge.json --audio spoken.wav --out work/x.proof --json "${pass[@]}"; got=$?
    case $signal:$got in
      *:0) fits prove ;;
      INT:130) [ ! -s out ] || { fits error; says interrupted; ended=$((ended + 1)); } ;;  # nothing: before the first line of main
      TERM:2 | HUP:2) fits error; says interrupted; ended=$((ended + 1)) ;;
      *:143 | *:129) [ -s out ] && fail "SIG$signal after $after s: killed, but after an object" ;;  # before the first line of main
      *) fail "SIG$signal after $after s: exit $got"; cat out err ;;
    esac
    [ -z "$(ls -A work | grep -vE '^(x.proof|pub.json)$')" ] || fail "SIG$signal after $after s leaves $(ls -A work)"
    [ ! -e work/x.proof ] || "$voizk" inspect --proof work/x.proof --challenge challenge.json --credential pub.json >/dev/null || fail "a half-written proof"
    rm -f work/x.proof
    interrupted $signal $after "$voizk" enrol --rp $party "${prompts[@]}" --store store --out work/pub.json --json "${pass[@]}"; got=$?
    case $signal:$got in *:0 | TERM:2 | HUP:2 | INT:130 | *:143 | *:129) ;; *) fail "enrol, SIG$signal after $after s: exit $got"; cat out err ;; esac
    [ -z "$(ls -A work store 2>/dev/null | grep -E '^\.|tmp$' | grep -vxE '\.|\.\.|\.lock')" ] || fail "enrol, SIG$signal after $after s leaves $(ls -A work store)"
  done
done
[ $ended -ge 3 ] || fail "no signal came in time: the test shows nothing"
# Interrupted measurements: one object, although each runs in a process of its own.
for signal in TERM INT; do
  interrupted $signal 1 "$voizk" bench vgg16 --repeats 100 --json; fits error; says interrupted
done
finish
