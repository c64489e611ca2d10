#!/usr/bin/env bash
# Commands under limits of address space, from too little to enough: done, or exit code 2 with one JSON object that says so.
. "$(dirname "$0")/lib.sh"
echo "correct horse" >pw
pass=(--passphrase-file pw)
expect 0 "enrol" "$voizk" enrol --rp $party "${prompts[@]}" --out pub.json "${pass[@]}"
accepted
check=(--challenge challenge.json --credential pub.json)
(ulimit -v 1000000; "$voizk" --version >/dev/null 2>&1) || { echo "skipped: this build needs more address space than the test gives (a sanitizer?)"; exit 77; }

# limited KILOBYTES COMMAND...: what the loader itself cannot do is not counted.
short=0 enough=0
limited() {
  local limit=$1 got; shift
  (ulimit -v "$limit"; exec "$voizk" "$@" --json) >out 2>err; got=$?
  case $got in
    0) enough=$((enough + 1)) ;;
    2) short=$((short + 1)); case $1 in bench | doctor) grep -q '"rows"\|"healthy"' out && fits "$1" || fits error ;; *) fits error ;; esac ;;  # their own objects say it too
    127) grep -q 'error while loading shared libraries' err || fail "$1 in $limit kB: exit 127" ;;
    *) fail "$1 in $limit kB: exit $got"; cat out err ;;
  esac
}
for limit in $(seq 40000 20000 160000) 250000 400000 600000; do
  limited "$limit" prove --challenge challenge.json --audio spoken.wav --out x.proof "${pass[@]}"
  limited "$limit" inspect --proof login.proof "${check[@]}"
  limited "$limit" enrol --rp $party "${prompts[@]}" --store "store$limit" "${pass[@]}"
  limited "$limit" features --audio spoken.wav --out view.svg
  limited "$limit" doctor
done
for limit in 60000 100000 200000; do
  limited "$limit" bench lenet5 --repeats 1
  limited "$limit" record --join spoken.wav --out x.wav --overwrite
  limited "$limit" challenge --rp $party --out x.json
  limited "$limit" credentials list
done
[ $short -gt 10 ] && [ $enough -gt 10 ] || fail "$short too small, $enough large enough: the limits show nothing"
# Few threads: one is always there.
expect 0 "one thread at least" bash -c "ulimit -v 4000000; '$voizk' prove --threads 256 --challenge challenge.json --audio spoken.wav --out x.proof --passphrase-file pw"
[ -z "$(ls -A . | grep '\.tmp$')" ] || fail "temporary files are left"
finish
