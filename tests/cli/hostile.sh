#!/usr/bin/env bash
# Files that nobody should trust: audio, challenges, credentials, bundles, proofs.
. "$(dirname "$0")/lib.sh"
echo "correct horse" >pw
pass=(--passphrase-file pw)
expect 0 "state" "$voizk" state init state
expect 0 "enrol" "$voizk" enrol --rp $party "${prompts[@]}" --out pub.json "${pass[@]}"
accepted
prove() { "$voizk" prove --challenge challenge.json --out x.proof "${pass[@]}" --json "$@"; }

# le32 N, wav FILE DATA-BYTES-CLAIMED < samples: a WAV header that may lie.
le32() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))\\x$(printf %02x $(($1 >> 24 & 255)))"; }
wav() { { printf RIFF; le32 $(($2 + 36)); printf 'WAVEfmt '; le32 16; printf '\x01\x00\x01\x00'; le32 8000; le32 16000; printf '\x02\x00\x10\x00data'; le32 "$2"; cat; } >"$1"; }
head -c 48000 /dev/zero | wav silent.wav 48000
expect 3 "silence" prove --audio silent.wav; fits refusal; says silent
head -c 4000 /dev/zero | tr '\0' '\177' | wav short.wav 4000
expect 3 "a quarter of a second" prove --audio short.wav
head -c 64000 /dev/zero | tr '\0' '\177' | wav clipped.wav 64000
expect 3 "full scale throughout" prove --audio clipped.wav; fits refusal
: >empty.wav
expect 2 "empty file" prove --audio empty.wav; fits error
head -c 30 spoken.wav >cut.wav
expect 2 "header cut short" prove --audio cut.wav
head -c 16000 /dev/zero | wav liar.wav 2000000000
expect 2 "claims 35 hours, holds one second" prove --audio liar.wav
truncate -s 576000044 ten_hours.wav && head -c 0 /dev/null | wav header.wav 576000000 && dd if=header.wav of=ten_hours.wav conv=notrunc status=none
expect 2 "ten hours" prove --audio ten_hours.wav; fits error
rm -f ten_hours.wav
expect 2 "no audio at all" prove --audio pw
expect 2 "a folder" prove --audio .
expect 2 "absent" prove --audio nowhere.wav; says not_found
expect 2 "raw without a rate" prove --audio "$impostor"

# What names hold is shown as it is or as a question mark: nothing is obeyed, turned round or hidden (ESC, U+0085, U+202E, U+200B, U+E0041, no UTF-8).
shown() { expect 2 "a name of $2" "$voizk" features --audio "$1.wav"; says "$2.wav: "; ! LC_ALL=C grep -q "$3" err || fail "the name is printed as it is: $2"; }
shown $'a\e[2J\xc2\x85b' 'a?[2J?b' $'\e'
shown $'bank\xe2\x80\xaetxt' 'bank?txt' $'\xe2\x80\xae'
shown $'ba\xe2\x80\x8bnk\xf3\xa0\x81\x81' 'ba?nk?' $'\xe2\x80\x8b'
shown $'\xff\xe2\x80x' '??x' $'\xff'
shown 'Übung 日本 🎤' 'Übung 日本 🎤' '?'

echo "wrong horse" >wrong
expect 2 "wrong passphrase" "$voizk" prove --challenge challenge.json --audio spoken.wav --out x --passphrase-file wrong --json; says wrong_passphrase
: >nothing
expect 2 "empty passphrase" "$voizk" prove --challenge challenge.json --audio spoken.wav --out x --passphrase-file nothing
file=$(ls home/credentials/*.voizk-credential)
cp "$file" whole
for offset in 3 20 100 250; do
  flipped whole "$file" "$offset"
  expect 2 "credential damaged at $offset" prove --audio spoken.wav
  expect 0 "a damaged credential does not stop the list" "$voizk" credentials list --json; fits credentials_list
done
head -c 100 whole >"$file"
expect 2 "credential cut short" prove --audio spoken.wav
cp whole "$file"

for text in '' '{' '{}' '[1]' '{"type": "voizk-challenge"}' "$(sed 's/"phrase": "[0-9]*/"phrase": "44444/' challenge.json)" "$(sed 's/"version": 2/"version": 3/' challenge.json)" \
    "$(sed 's/bank.example/evil.example/' challenge.json)"; do
  printf '%s' "$text" >bad.json
  expect 2 "challenge: $(printf '%s' "$text" | tr '\n' ' ' | head -c 40)" "$voizk" prove --challenge bad.json --audio spoken.wav --out x "${pass[@]}"
done
head -c 200000 /dev/zero >zeros
expect 2 "an enormous challenge" "$voizk" prove --challenge zeros --audio spoken.wav --out x "${pass[@]}"

mkdir bundle && cp "$source"/models/digits8k/{bundle.json,weights.bin} bundle/
expect 0 "the same bundle from a folder" "$voizk" doctor --bundle bundle
truncate -s 1000 bundle/weights.bin
expect 2 "weights cut short" "$voizk" features --audio spoken.wav --bundle bundle
rm bundle/weights.bin
expect 2 "no weights" "$voizk" features --audio spoken.wav --bundle bundle

expect 0 "prove" prove --audio spoken.wav
verify() { "$voizk" verify --challenge challenge.json --credential pub.json --state state --json "$@"; }
size=$(stat -c %s x.proof)
for n in 0 5 13 14 30 62 1000 $((size / 2)) $((size - 1)); do
  head -c "$n" x.proof >cut.proof
  expect 1 "proof of $n bytes" verify --proof cut.proof; fits error
done
expect 1 "zeros for a proof" verify --proof zeros
{ cat x.proof; printf 'x'; } >long.proof
expect 1 "a byte too many" verify --proof long.proof
expect 2 "no proof" verify --proof nowhere
expect 2 "credential for a challenge" "$voizk" verify --proof x.proof --challenge pub.json --credential pub.json --state state
touch notafolder
expect 2 "state is a file" "$voizk" verify --proof x.proof --challenge challenge.json --credential pub.json --state notafolder
expect 2 "proof into a folder that is not there" "$voizk" prove --challenge challenge.json --audio spoken.wav --out no/where "${pass[@]}"
expect 0 "and the whole proof is accepted" verify --proof x.proof
# A full disk, a killed enrolment: what was there stays, nothing half-written can be taken for a credential.
before=$(ls -A home/credentials | sort | tr '\n' ' ')
expect 2 "enrol on a full disk" bash -c "trap '' XFSZ; ulimit -f 0; '$voizk' enrol --rp $party ${prompts[*]} --passphrase-file pw 2>&1 | cat; exit \${PIPESTATUS[0]}"
[ "$(ls -A home/credentials | sort | tr '\n' ' ')" = "$before" ] || fail "a full disk changed the credential folder"
expect 2 "proof to a full device" "$voizk" prove --challenge challenge.json --audio spoken.wav --out /dev/full "${pass[@]}"
for after in 0.02 0.05 0.1 0.15 0.2 0.25 0.3 0.4; do
  timeout -s KILL $after "$voizk" enrol --rp $party "${prompts[@]}" --store killed "${pass[@]}" >/dev/null 2>&1
  [ -d killed ] || continue
  "$voizk" credentials list --store killed --json >out
  grep -q '"error"' out && fail "killed after $after s: a damaged credential is listed"
done
# Two verifiers at once: exactly one accepts.
expect 0 "another challenge" "$voizk" challenge --rp $party --phrase "$phrase" --lifetime 600 --out challenge.json
expect 0 "prove" prove --audio spoken.wav
for i in 1 2 3 4; do (verify --proof x.proof >/dev/null 2>&1; echo $? >race.$i) & done; wait
[ "$(cat race.? | sort | tr '\n' ' ')" = "0 1 1 1 " ] || fail "of four verifiers, one must accept: $(cat race.?)"
finish
