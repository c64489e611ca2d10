#!/usr/bin/env bash
# No command loses work: nothing that is read is overwritten, what cannot be written is found before anything is recorded or proven,
# nothing half-written is left. And - for standard input and output.
. "$(dirname "$0")/lib.sh"
echo "correct horse" >pw
pass=(--passphrase-file pw)
expect 0 "enrol" "$voizk" enrol --rp $party "${prompts[@]}" --out pub.json "${pass[@]}"
accepted
check=(--challenge challenge.json --credential pub.json)
credential=$(ls home/credentials/*.voizk-credential)

# kept FILE TEXT COMMAND...: refused as the command would overwrite what it reads, and the file stays.
kept() {
  local file=$1 text=$2; shift 2
  cp "$file" before
  expect 2 "$text" "$@"; says "is read by this command"
  cmp -s "$file" before || fail "$text: the file changed"
}
ln spoken.wav hard.wav; ln -s spoken.wav soft.wav
for out in spoken.wav ./spoken.wav hard.wav soft.wav; do
  kept spoken.wav "features over its recording as $out" "$voizk" features --audio spoken.wav --out $out
  kept spoken.wav "prove over its recording as $out" "$voizk" prove --challenge challenge.json --audio spoken.wav --out $out "${pass[@]}"
  kept spoken.wav "record --join over one of its parts as $out" "$voizk" record --join "$sounds/digits/1.wav" spoken.wav --out $out --overwrite
  kept spoken.wav "enrol over one of its recordings as $out" "$voizk" enrol --rp $party "${prompts[@]}" spoken.wav --out $out "${pass[@]}"
done
kept spoken.wav "standard input and output are one file" bash -c "'$voizk' features --audio - --out spoken.wav <spoken.wav"
for out in challenge.json pw "$credential"; do
  kept "$out" "prove over ${out##*/}" "$voizk" prove --challenge challenge.json --audio spoken.wav --out "$out" "${pass[@]}"
done
kept pw "enrol over the passphrase" "$voizk" enrol --rp $party "${prompts[@]}" --out pw "${pass[@]}"
kept "$credential" "export over a credential" "$voizk" credentials export "$(basename "$credential" .voizk-credential)" --out "$credential"
mkdir bundle && cp "$source"/models/digits8k/{bundle.json,weights.bin} bundle/
kept bundle/weights.bin "features over the bundle" "$voizk" features --audio spoken.wav --bundle bundle --out bundle/weights.bin
[ -z "$(ls -A | grep '\.tmp$')" ] || fail "temporary files are left"

# Found before anything is done: there is no microphone here, and none is missed.
expect 2 "record to a folder that is not there" "$voizk" record --out no/where.wav; says "no/where.wav"
expect 2 "record over a recording" "$voizk" record --out spoken.wav; says "exists already"
expect 2 "record to a folder" "$voizk" record --out bundle; says "is a folder"
expect 2 "login to a folder that is not there" "$voizk" login --challenge challenge.json --out no/where "${pass[@]}"; says "no/where"
expect 2 "login with a passphrase file that is not there" "$voizk" login --challenge challenge.json --out x --passphrase-file absent; says "absent"
before=$(ls home/credentials)
expect 2 "enrol --out to a folder that is not there" "$voizk" enrol --rp $party "${prompts[@]}" --out no/where "${pass[@]}"; says "no/where"
[ "$(ls home/credentials)" = "$before" ] || fail "a credential was stored though its public part could not be written"

# - everywhere.
cat spoken.wav | "$voizk" features --audio - >out 2>err || fail "features --audio -"
cat spoken.wav | "$voizk" prove --challenge challenge.json --audio - --out - "${pass[@]}" >piped.proof 2>err || fail "prove --audio - --out -"
says "proof written to"
expect 0 "inspect --proof -" "$voizk" inspect --proof - "${check[@]}" <piped.proof
expect 0 "inspect --challenge -" "$voizk" inspect --proof piped.proof --challenge - --credential pub.json <challenge.json
expect 0 "inspect --credential -" "$voizk" inspect --proof piped.proof --challenge challenge.json --credential - <pub.json
expect 0 "--passphrase-file -" "$voizk" prove --challenge challenge.json --audio spoken.wav --out x --passphrase-file - <pw
expect 0 "a recording through a named pipe" "$voizk" features --audio <(cat spoken.wav)
"$voizk" record --join - --gap 0 --out - <spoken.wav 2>err | cmp -s - spoken.wav || fail "record --join - --out - changed the samples"
"$voizk" features --audio spoken.wav --out - 2>err | grep -q '</svg>' || fail "features --out -"
"$voizk" credentials export "$(field id pub.json)" --out - >out; cmp -s out pub.json || fail "credentials export --out -"
expect 0 "challenge --out - --json" "$voizk" challenge --rp $party --out - --json; says voizk-challenge
expect 2 "two inputs are -" "$voizk" inspect --proof - --challenge - --credential pub.json <piped.proof; says "only once"
expect 2 "--json and --out -" "$voizk" prove --challenge challenge.json --audio spoken.wav --out - --json "${pass[@]}"; fits error
"$voizk" challenge --rp $party --out /dev/stdout >out 2>err; grep -q voizk-challenge out || fail "--out /dev/stdout"
[ -L /dev/stdout ] || fail "/dev/stdout was replaced"
mkfifo pipe
expect 2 "a named pipe without a writer" timeout 60 "$voizk" inspect --proof pipe "${check[@]}"; says "nobody writes to this pipe"

# Who may read what is written.
(umask 077; "$voizk" challenge --rp $party --out masked.json >/dev/null); [ "$(stat -c %a masked.json)" = 600 ] || fail "the umask is not heeded"
(umask 022; "$voizk" challenge --rp $party --out open.json >/dev/null); [ "$(stat -c %a open.json)" = 644 ] || fail "a challenge is not readable"
(umask 0; "$voizk" features --audio spoken.wav --out view.svg >/dev/null); [ "$(stat -c %a view.svg)" = 600 ] || fail "a drawing of the voice is readable by others"
expect 0 "a name of 250 bytes" "$voizk" challenge --rp $party --out "$(printf 'n%.0s' {1..250})"
ln -s target.json link.json; "$voizk" challenge --rp $party --out link.json >/dev/null; [ -L link.json ] && [ ! -e target.json ] && fail "a dangling link"

# A file-size limit, whose signal kills by default: exit code 2, the old file, nothing beside it.
echo old >old.proof
before=$(ls -A)
expect 2 "prove under a file-size limit" bash -c "ulimit -f 8; '$voizk' prove --challenge challenge.json --audio spoken.wav --out old.proof --passphrase-file pw --json | cat; exit \${PIPESTATUS[0]}"; fits error
expect 2 "features under a file-size limit" bash -c "ulimit -f 8; '$voizk' features --audio spoken.wav --out new.svg | cat; exit \${PIPESTATUS[0]}"
expect 2 "record under a file-size limit" bash -c "ulimit -f 8; '$voizk' record --join spoken.wav --out new.wav | cat; exit \${PIPESTATUS[0]}"
[ "$(cat old.proof)" = old ] || fail "the old file is gone"
[ "$(ls -A)" = "$before" ] || fail "left over: $(ls -A | grep -vxF "$before")"
finish
