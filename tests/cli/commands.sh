#!/usr/bin/env bash
# Every command on its good path and its refusals, with exit codes and the JSON that it prints.
. "$(dirname "$0")/lib.sh"
echo "correct horse" >pw
pass=(--passphrase-file pw)

expect 0 "help" "$voizk" --help
expect 2 "no command" "$voizk"
expect 2 "unknown option" "$voizk" doctor --nonsense

expect 0 "doctor" "$voizk" doctor --json; fits doctor
expect 0 "list of devices, possibly empty" "$voizk" record --list --json || true
[ -s out ] && { grep -q '"error"' out && fits error || fits record; }

expect 0 "state" "$voizk" state init state --json; fits state_init
expect 2 "state twice" "$voizk" state init state --json; fits error
expect 0 "enrol" "$voizk" enrol --rp $party "${prompts[@]}" --out pub.json --label me "${pass[@]}" --json; fits enrol
id=$(field credential out)
expect 0 "list" "$voizk" credentials list --json; fits credentials_list; says "$id"
expect 0 "export" "$voizk" credentials export "$id" --out exported.json --json; fits credentials_export
cmp -s pub.json exported.json || fail "export differs from what enrol wrote"
expect 0 "the same voice elsewhere" "$voizk" enrol --rp shop.example "${prompts[@]}" --out shop.json "${pass[@]}" --json
[ "$(field commitment out)" != "$(field commitment pub.json)" ] || fail "commitments at two parties are equal"
expect 2 "too few recordings" "$voizk" enrol --rp $party "${prompts[0]}" "${pass[@]}" --json; fits error

expect 0 "challenge" "$voizk" challenge --rp $party --digits 5 --out challenge.json --json; fits challenge
expect 2 "four digits are too few" "$voizk" challenge --rp $party --digits 4 --out x.json
expect 2 "equal neighbours" "$voizk" challenge --rp $party --phrase 11234 --out x.json
accepted; fits prove

expect 0 "features" "$voizk" features --audio spoken.wav --out view.svg --json; fits features
grep -q '</svg>' view.svg || fail "no drawing"
check=(--challenge challenge.json --credential pub.json)
expect 0 "inspect" "$voizk" inspect --proof login.proof "${check[@]}" --json; fits inspect
expect 2 "two sources of a passphrase" "$voizk" prove --challenge challenge.json --audio spoken.wav --out x "${pass[@]}" --passphrase-fd 0
expect 0 "passphrase by descriptor, one thread" "$voizk" prove --threads 1 --challenge challenge.json --audio spoken.wav --out second.proof --passphrase-fd 5 5<pw
cmp -s login.proof second.proof && fail "two proofs of one statement are equal"

size=$(stat -c %s login.proof)
for offset in 3 9 11 40 $((size / 3)) $((size / 2)) $((size - 1)); do
  flipped login.proof tampered.proof "$offset"
  expect 1 "tampered at $offset" "$voizk" verify --proof tampered.proof "${check[@]}" --state state --json; fits error
done
# What the proof is of, made again from the bundle, is what the model's folder says and what the proof is checked against.
expect 0 "relations" "$voizk" relation --json; fits relation
cmp -s out "$source/models/digits8k/relations.json" || fail "models/digits8k/relations.json is not what voizk relation --json prints"
expect 0 "relations of large8k" "$voizk" relation --bundle "$source/models/large8k" --json
cmp -s out "$source/models/large8k/relations.json" || fail "models/large8k/relations.json is not what voizk relation --json prints"
expect 0 "inspect" "$voizk" inspect --proof login.proof "${check[@]}" --json
bucket=$(field bucket out) digest=$(field "relation digest" out)
expect 0 "a relation as a file" "$voizk" relation --bucket "$bucket" --digits ${#phrase} --out login.relation --json; fits relation_out; says "$digest"
[ "$({ printf 'voizk relation v2'; cat login.relation; } | sha256sum | cut -d ' ' -f 1)" = "$digest" ] || fail "the file has another digest"
expect 0 "inspect by the file" "$voizk" inspect --proof login.proof "${check[@]}" --relation login.relation --json; fits inspect; says "$digest"
expect 0 "the relation of longer phrases" "$voizk" relation --bucket "$bucket" --digits $((${#phrase} + 1)) --out longer.relation --json
longer=$(field digest out)
by_file=(--bucket "$bucket" --relation login.relation --relation-digest "$digest")
expect 2 "of another length" "$voizk" verify --proof login.proof "${check[@]}" --state state --bucket "$bucket" --relation longer.relation --relation-digest "$longer" --json; fits error; says public_input
expect 2 "inspect by one of another length" "$voizk" inspect --proof login.proof "${check[@]}" --relation longer.relation --json; fits error; says public_input
: >empty.relation
expect 2 "inspect by an empty file" "$voizk" inspect --proof login.proof "${check[@]}" --relation empty.relation; says empty.relation
expect 2 "a bucket of 0" "$voizk" relation --bucket 0
head -c 1000 login.relation >short.relation
expect 2 "inspect by a relation cut short" "$voizk" inspect --proof login.proof "${check[@]}" --relation short.relation; says short.relation
expect 2 "a relation cut short" "$voizk" verify --proof login.proof "${check[@]}" --state state "${by_file[@]/login.relation/short.relation}"; says short.relation
expect 2 "a relation of another digest" "$voizk" verify --proof login.proof "${check[@]}" --state state "${by_file[@]/login.relation/longer.relation}"; says "another digest"
expect 2 "a relation without its digest" "$voizk" verify --proof login.proof "${check[@]}" --state state --bucket "$bucket" --relation login.relation
expect 2 "a relation without its bucket" "$voizk" verify --proof login.proof "${check[@]}" --state state "${by_file[@]:2}"; says "name it with --bucket"
expect 2 "a bucket of no bundle" "$voizk" relation --bucket 123 --json; fits error
expect 2 "a file of which relation" "$voizk" relation --out x.relation
expect 1 "tampered, by the file" "$voizk" verify --proof tampered.proof "${check[@]}" --state state "${by_file[@]}" --json; fits error

expect 1 "bucket that the caller does not allow" "$voizk" verify --proof login.proof "${check[@]}" --state state --bucket 256
sed "s/\"expires_unix_s\": [0-9]*/\"expires_unix_s\": $(($(sed -n 's/.*"expires_unix_s": \([0-9]*\).*/\1/p' challenge.json) - 1))/" challenge.json >altered.json
expect 1 "another challenge" "$voizk" verify --proof login.proof --challenge altered.json --credential pub.json --state state
says "the proof was made for another challenge, credential, bundle or relation, or it was altered"
expect 2 "foreign credential" "$voizk" verify --proof login.proof --challenge challenge.json --credential shop.json --state state
expect 2 "no state folder given" "$voizk" verify --proof login.proof "${check[@]}"
expect 2 "mistyped state folder" "$voizk" verify --proof login.proof "${check[@]}" --state stat --json; fits error; says not_found
[ -e stat ] && fail "a mistyped state folder was made"
chmod 755 state
expect 2 "state folder open to others" "$voizk" verify --proof login.proof "${check[@]}" --state state --json; fits error
chmod 700 state
expect 0 "verify" "$voizk" verify --proof login.proof "${check[@]}" --state state --json; fits verify
expect 0 "another challenge" "$voizk" challenge --rp $party --phrase "$phrase" --out again.json
expect 0 "proof for it" "$voizk" prove --challenge again.json --audio spoken.wav --out again.proof "${pass[@]}"
expect 0 "verify by the file" "$voizk" verify --proof again.proof --challenge again.json --credential pub.json --state state "${by_file[@]}" --json; fits verify
expect 1 "used challenge, by the file" "$voizk" verify --proof second.proof "${check[@]}" --state state "${by_file[@]}" --json; says challenge_used
expect 1 "used challenge" "$voizk" verify --proof second.proof "${check[@]}" --state state --json; fits error; says challenge_used

# A proof that arrives after its challenge expired, though verify was started before.
expect 0 "brief challenge" "$voizk" challenge --rp $party --phrase "$phrase" --lifetime 10 --out brief.json --json
late=$(field expires out)
if "$voizk" prove --challenge brief.json --audio spoken.wav --out brief.proof "${pass[@]}" >out 2>err; then
  mkfifo pipe
  { sleep $((late - $(date +%s) + 1)); cat brief.proof; } >pipe &
  expect 1 "late proof" "$voizk" verify --proof pipe --challenge brief.json --credential pub.json --state state --json; says challenge_expired
elif [ "$(date +%s)" -lt "$late" ]; then fail "no proof that could come late"; cat out err
else echo "not tried: a late proof, since proving took all of the challenge's time"
fi
expect 0 "short challenge" "$voizk" challenge --rp $party --lifetime 1 --phrase 12345 --out expired.json
sleep 2
joined 12345 five.wav
expect 2 "prove for an expired challenge" "$voizk" prove --challenge expired.json --audio five.wav --out x "${pass[@]}"
expect 1 "verify with an expired challenge" "$voizk" verify --proof login.proof --challenge expired.json --credential pub.json --state state --json; says challenge_expired

joined "$(tr 0123456789 5678901234 <<<"$phrase")" wrong.wav
expect 3 "wrong words" "$voizk" prove --challenge challenge.json --audio wrong.wav --out x "${pass[@]}" --json; fits refusal; says wrong_words
[ -e x ] && fail "a refusal wrote a file"
expect 0 "challenge for the impostor" "$voizk" challenge --rp $party --phrase 29340 --out other.json
expect 3 "impostor" "$voizk" prove --challenge other.json --audio "$impostor" --raw-rate 16000 --out x "${pass[@]}" --json; fits refusal

expect 0 "re-enrol" "$voizk" enrol --rp $party "${prompts[@]}" --replace "$id" "${pass[@]}"
expect 2 "the old one is gone" "$voizk" credentials export "$id" --out x.json
expect 0 "list" "$voizk" credentials list --json
new=$(grep -B1 '"relying_party": "bank.example"' out | sed -n 's/.*"credential": "\(.*\)",/\1/p')
expect 0 "delete" "$voizk" credentials delete "$new" --json; fits credentials_delete
expect 2 "delete twice" "$voizk" credentials delete "$new"
expect 0 "bench" "$voizk" bench logmel speech1d logup --repeats 1 --threads 1 --json; fits bench
grep -q '"error"' out && fail "a measurement failed"
expect 0 "bench for a person" "$voizk" bench logup --log-items 13 --repeats 1 --threads 1; says "prove s"; says "ns per item"

# What takes long shows on a terminal that it is being done, unless told to be quiet.
on_terminal() { script -qec "$*" /dev/null </dev/null >out 2>err; }
if on_terminal true; then
  on_terminal "'$voizk' enrol --rp $party ${prompts[*]} ${pass[*]}"; says "enrolling "; says "sealing the credential ..."
  kept=$("$voizk" credentials list --json 2>/dev/null | sed -n 's/.*"credential": "\(.*\)",/\1/p' | head -n 1)
  on_terminal "'$voizk' credentials show $kept ${pass[*]}"; says "opening the credential ..."
  on_terminal "'$voizk' prove --challenge challenge.json --audio spoken.wav --out x ${pass[*]}"
  says "opening the credential ..."; says "proving  "; says "[###"
  on_terminal "'$voizk' prove --quiet --challenge challenge.json --audio spoken.wav --out x ${pass[*]}"
  grep -qE 'opening|\[###' out && fail "--quiet shows progress"
  on_terminal "'$voizk' bench logup --log-items 13 --repeats 1 --threads 1"; says "logup, threads: 1 ..."
else echo "not tried: progress, as there are no pseudo terminals (is /dev/pts mounted?)"
fi
finish
