#!/usr/bin/env bash
# Command lines that cannot be understood, numbers that are none, help and version, and a standard output that cannot be written:
# one JSON object with --json, a message for a person without, and never exit code 0.
. "$(dirname "$0")/lib.sh"

# misused TEXT SAYS ARGUMENT...: exit 2 with that text in the message, and the error object of --json, wherever that stands.
misused() {
  local text=$1 says=$2; shift 2
  expect 2 "$text" "$voizk" "$@"; says "$says"
  [ -s out ] && fail "$text: standard output is used without --json"
  expect 2 "$text, --json before" "$voizk" --json "$@"; fits error
  expect 2 "$text, --json behind" "$voizk" "$@" --json; fits error
}
misused "no command" "needs a command: record, enrol"
misused "a mistyped command" "no command verfy (did you mean verify?)" verfy
misused "two letters swapped" "did you mean bench?" bnech --repeats 1
misused "a foreign word" "no command frobnicate; see voizk help" frobnicate
misused "an option of all commands before" "did you mean doctor?" --threads 2 docter
misused "no subcommand" "credentials: needs a command: list, show, export, delete" credentials
misused "a mistyped subcommand" "no command lst (did you mean list?)" credentials lst
misused "a mistyped option" "no option --challange (did you mean --challenge?); see voizk help prove" prove --challange x
misused "a foreign option" "no option --nonsense; see voizk help doctor" doctor --nonsense
misused "a word too many" "more is not expected" doctor more
misused "required options" "--challenge is required" prove
misused "help on no command" "no command verfy (did you mean verify?)" help verfy
misused "a bundle that is not there" "nowhere" --version --bundle nowhere
misused "phrase and length" "--phrase" challenge --rp $party --digits 5 --phrase 12345 --out x
expect 2 "a name that is no UTF-8" "$voizk" features --audio $'\xff\xfe.wav' --json; fits error

for command in "" prove credentials "credentials export" model "model import" bench; do
  expect 0 "help $command" "$voizk" help $command; says "--json"
  cp out help
  expect 0 "$command --help" "$voizk" $command --help; cmp -s out help || fail "help $command and $command --help differ"
  expect 0 "help $command --json" "$voizk" help $command --json; fits help
done
"$voizk" help >out; says VOIZK_HOME; says "A file named -"
expect 0 "version" "$voizk" --version; says "voizk login v2, voizk network v2, voizk proof v3"
digest=$(sed -n 's/^bundle .* //p' out)
expect 0 "version --json" "$voizk" --version --json; fits version; says "$digest"
"$voizk" doctor --json >out; says "$digest"

# Every number of every command: no value may end in anything but a message that names the option.
while read -r command option; do
  for value in nan inf -inf -1 1e999 99999999999999999999 -99999999999999999999 0x 5x ""; do
    expect 2 "$command $option '$value'" "$voizk" $command "$option=$value" --json; fits error; says "$option"
    [ -z "$value" ] || { expect 2 "$command $option $value" "$voizk" $command "$option" "$value" --json; fits error; }
  done
done <<'OPTIONS'
doctor --threads
record --gap
record --seconds
record --stop-after-silence
record --rate
challenge --digits
challenge --lifetime
enrol --utterances
enrol --seconds
enrol --raw-rate
login --seconds
login --passphrase-fd
prove --raw-rate
features --raw-rate
verify --bucket
bench --repeats
bench --log-items
model import --bits
model import --input-bits
model import --rate
model prove --rate
OPTIONS
while read -r command option; do
  expect 2 "$command $option=" "$voizk" $command "$option=" --json; fits error; says "$option"
  expect 2 "$command $option ''" "$voizk" $command "$option" "" --json; fits error; says "$option"
done <<'OPTIONS'
record --out
record --join
record --device
enrol --rp
enrol --out
enrol --store
enrol --passphrase-file
challenge --out
login --challenge
login --credential
prove --audio
verify --proof
verify --state
features --out
model import --out
model import --calibrate
model prove --input
model verify --context
doctor --bundle
OPTIONS

# Standard output full, closed, or without a reader.
for arguments in "doctor" "doctor --json" "help" "help --json" "--version" "credentials list" "credentials list --json" \
    "challenge --rp $party --out -" "challenge --rp $party --out x.json" "record --list" "verfy --json"; do
  "$voizk" $arguments >/dev/full 2>err; got=$?
  [ $got = 2 ] && echo "ok: voizk $arguments >/dev/full" || fail "voizk $arguments >/dev/full: exit $got"
  "$voizk" $arguments >&- 2>err; got=$?
  [ $got = 2 ] && echo "ok: voizk $arguments >&-" || fail "voizk $arguments >&-: exit $got"
  { "$voizk" $arguments 2>err; echo $? >code; } | true
  [ "$(cat code)" -le 2 ] || fail "voizk $arguments | true: exit $(cat code)"
done
expect 0 "nothing is closed" "$voizk" doctor
"$voizk" doctor 2>/dev/full >out || fail "a full standard error is no reason to fail"
"$voizk" verfy 2>&- && fail "a closed standard error made exit 0"
# With standard output closed the first file opened must not become it.
"$voizk" challenge --rp $party --out closed.json >&- 2>err
grep -q '"voizk-challenge"' closed.json && ! grep -q 'valid until' closed.json || fail "what was printed went into the file"
# FFmpeg and its hundred libraries come in when a recording is decoded, not with every command.
ldd "$voizk" >out || fail "ldd"
grep -qE 'libav(codec|format|util)' out && fail "the program is linked to FFmpeg"
finish
