#!/usr/bin/env bash
# An enrolment that is proven, as a user makes it: phrases of a challenge, one recording each, a proof that the relying party
# accepts once; refusals that name the recording; and a login with what was enrolled.
. "$(dirname "$0")/lib.sh"
printf 'correct horse battery' >pw; chmod 600 pw
expect 0 "state init" "$voizk" state init state
# challenged N: an enrolment's challenge and its joined phrases, files in $spoken.
challenged() {
  "$voizk" challenge --rp $party --digits 6 --lifetime 900 --enrolment "$1" --out challenge.json --json >out || fail "challenge"
  fits challenge
  spoken=()
  local phrase
  for phrase in $(tr -d ' \n' <out | sed 's/.*"enrolment_phrases":\[\([^]]*\)\].*/\1/' | tr -d '"' | tr , ' '); do
    joined "$phrase" "$phrase.wav"
    spoken+=("$phrase.wav")
  done
}
enrol() { "$voizk" enrol --rp $party "${spoken[@]}" --challenge challenge.json --proof enrolment.proof --out public.json --passphrase-file pw --json; }
verify() { "$voizk" verify --enrolment 3 --challenge challenge.json --credential "$1" --proof "$2" --state state --json; }
# The published operating point refuses some right phrases, as the model card says; what is tested here is the rest.
enrolled=no
for attempt in {1..40}; do
  challenged 3
  [ ${#spoken[@]} = 3 ] || fail "three phrases"
  enrol >out 2>err && enrolled=yes && break
  grep -q '\.wav: ' out || { fail "the refusal names no recording"; cat out err; }
  [ ! -e enrolment.proof ] || fail "a refusal left a proof"
done
[ $enrolled = yes ] || { fail "no enrolment was accepted"; finish; }
fits enrol
[ "$(stat -c %a enrolment.proof)" = 600 ] || fail "others can read the proof"
# Nothing stays of an enrolment whose public part cannot be written.
cp -r home home_before
if "$voizk" enrol --rp $party "${spoken[@]}" --challenge challenge.json --proof half.proof --out /dev/full --passphrase-file pw --json >out 2>err; then fail "/dev/full took the public part"; fi
[ ! -e half.proof ] || fail "a proof without its credential was left"
diff -r home home_before >/dev/null || fail "a credential was left without its public part"

# A changed proof; another challenge; as a login's proof.
"$voizk" challenge --rp $party --digits 6 --lifetime 900 --out later.json --json >/dev/null
flipped enrolment.proof changed.proof 5000
expect 1 "a changed proof" verify public.json changed.proof
expect 1 "another challenge" "$voizk" verify --enrolment 3 --challenge later.json --credential public.json --proof enrolment.proof --state state --json
expect 1 "an enrolment's proof as a login's" "$voizk" verify --challenge challenge.json --credential public.json --proof enrolment.proof --state state --json
expect 1 "fewer recordings than asked for" "$voizk" verify --enrolment 4 --challenge challenge.json --credential public.json --proof enrolment.proof --state state --json
says "too few phrases"
expect 1 "another bucket" "$voizk" verify --enrolment 3 --bucket 256 --challenge challenge.json --credential public.json --proof enrolment.proof --state state --json
says "bucket is not allowed"
expect 2 "no enrolment has one recording" "$voizk" verify --enrolment 1 --challenge challenge.json --credential public.json --proof enrolment.proof --state state --json
expect 0 "the proof" verify public.json enrolment.proof; fits verify; says '"recordings": 3'
expect 1 "the proof a second time" verify public.json enrolment.proof; says "used before"

# Wrong words name their file; options that do not belong together; too few recordings; another relying party's challenge.
challenged 3
joined "$(tr 0123456789 5678901234 <<<"${spoken[1]%.wav}")" wrong.wav
kept=("${spoken[@]}"); spoken[1]=wrong.wav
expect 3 "a wrong phrase" enrol; says ".wav: "
spoken=("${kept[@]:0:2}")
expect 2 "too few recordings" enrol; says "3 to 8"
expect 2 "nine recordings" "$voizk" enrol --rp $party --utterances 9 --challenge challenge.json --proof p --passphrase-file pw --json; says "3 to 8"
expect 2 "a proof with --replace" "$voizk" enrol --rp $party "${kept[@]}" --replace 00 --challenge challenge.json --proof p --passphrase-file pw --json
expect 2 "a challenge without --proof" "$voizk" enrol --rp $party a.wav --challenge challenge.json --passphrase-file pw --json
expect 2 "another party's challenge" "$voizk" enrol --rp other.example "${kept[@]}" --challenge challenge.json --proof p --passphrase-file pw --json; says "another relying party"
[ ! -e p ] || fail "a refused enrolment left a proof"
[ "$(ls home/credentials/*.voizk-credential | wc -l)" = 1 ] || { fail "not one credential"; ls -R home; }

accepted
expect 0 "a login with it" "$voizk" verify --challenge challenge.json --credential public.json --proof login.proof --state state --json
finish
