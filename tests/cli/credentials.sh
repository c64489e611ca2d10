#!/usr/bin/env bash
# A user's files: where credentials go, what replaces what, who may read what is written, and which bundles see a voice.
. "$(dirname "$0")/lib.sh"
echo "correct horse" >pw
pass=(--passphrase-file pw)
enrol() { "$voizk" enrol --rp $party "${prompts[@]}" "${pass[@]}" --json "$@"; }
ids() { "$voizk" credentials list --json | sed -n 's/.*"credential": "\(.*\)",/\1/p'; }
mode() { stat -c %a "$1"; }

# Without a home there is no place for a credential, and the current folder is none.
mkdir nowhere && cd nowhere
expect 2 "neither HOME nor VOIZK_HOME" env -u HOME -u VOIZK_HOME "$voizk" enrol --rp $party "${prompts[@]}" --passphrase-file ../pw --json; fits error
expect 2 "empty ones" env HOME= VOIZK_HOME= "$voizk" credentials list --json; fits error
[ -z "$(ls -A | grep -vxE "out|err")" ] || fail "something was written to the current folder"
cd ..
expect 0 "a folder by --store" env -u HOME -u VOIZK_HOME "$voizk" enrol --rp $party "${prompts[@]}" --store "$work/mine" "${pass[@]}"

expect 2 "a short passphrase" "$voizk" enrol --rp $party "${prompts[@]}" --passphrase-fd 5 5<<<"1234567"; says "at least 8 bytes"
expect 2 "a name that reads as another" "$voizk" enrol --rp $'bank\u200b.example' "${prompts[@]}" "${pass[@]}"; says "visible"
chmod 644 pw
expect 0 "a passphrase that others can read is warned of" "$voizk" enrol --rp $party "${prompts[@]}" --store "$work/mine" "${pass[@]}"; says "other users can read the passphrase"
chmod 600 pw
umask 022
expect 0 "enrol" enrol --out pub.json --label "my desk"; fits enrol
old=$(field credential out)
[ "$(mode home/credentials) $(mode home/credentials/$old.voizk-credential) $(mode pub.json)" = "700 600 644" ] || fail "modes of an enrolment"
[ "$(field commitment out) $(field bundle out)" = "$(field commitment pub.json) $(field bundle_digest pub.json)" ] || fail "one value in two forms"
expect 0 "show" "$voizk" credentials show "$old" "${pass[@]}" --json; fits credentials_show; says "my desk"
expect 2 "show nothing" "$voizk" credentials show 0123456789abcdef "${pass[@]}" --json; fits error; says not_found

# The old one stays until the new one is out.
expect 2 "public part into a folder that is not there" enrol --replace "$old" --out no/where; fits error
expect 2 "public part to a full device" enrol --replace "$old" --out /dev/full; fits error
expect 2 "the same without an old one" enrol --out /dev/full; fits error
[ "$(ids)" = "$old" ] || fail "after three failures: $(ids)"
expect 2 "another party's" "$voizk" enrol --rp shop.example "${prompts[@]}" --replace "$old" "${pass[@]}" --json; fits error; says "is for $party"
[ "$(ids)" = "$old" ] || fail "another party's credential was touched: $(ids)"
for i in 1 2 3 4; do (enrol --replace "$old" --threads 1 >/dev/null 2>&1; echo $? >race.$i) & done; wait
[ "$(cat race.? | sort | tr '\n' ' ')" = "0 2 2 2 " ] || fail "of four that replace one, one must: $(cat race.?)"
[ "$(ids | wc -l)" = 1 ] || fail "one was replaced by $(ids)"
new=$(ids)
expect 0 "re-enrol" enrol --replace "$new" --out pub.json; fits enrol; says "\"replaced\": \"$new\""
new=$(ids)

# Damaged is not missing; of several, the ids are told.
file=home/credentials/$new.voizk-credential
"$voizk" challenge --rp $party --digits 5 --out challenge.json
joined 40917 spoken.wav
cp "$file" whole && flipped whole "$file" 100
expect 2 "damaged" "$voizk" prove --challenge challenge.json --audio spoken.wav --out x "${pass[@]}" --json; says malformed; says "$file"
expect 2 "damaged, exported" "$voizk" credentials export "$new" --out x --json; says malformed
: >"$file"
expect 2 "empty" "$voizk" prove --challenge challenge.json --audio spoken.wav --out x "${pass[@]}" --json; says "is empty"
cp whole "$file"
expect 0 "a second one" enrol
expect 2 "several" "$voizk" prove --challenge challenge.json --audio spoken.wav --out x "${pass[@]}" --json; for id in $(ids); do says "$id"; done
expect 0 "one less" "$voizk" credentials delete "$(ids | grep -v "$new")"
chmod 777 home/credentials
expect 2 "a credential folder that others may write" "$voizk" credentials list --json; fits error
chmod 700 home/credentials
: >nothing
expect 2 "an empty challenge" "$voizk" prove --challenge nothing --audio spoken.wav --out x "${pass[@]}" --json; says "nothing: challenge: is empty"

# What is made from a voice is its owner's to read.
umask 000
accepted
expect 0 "features" "$voizk" features --audio spoken.wav --out view.svg
[ "$(mode login.proof) $(mode view.svg) $(mode challenge.json)" = "600 600 666" ] || fail "modes: $(mode login.proof) $(mode view.svg) $(mode challenge.json)"
umask 077
expect 0 "a strict umask" "$voizk" challenge --rp $party --out strict.json
[ "$(mode strict.json)" = 600 ] || fail "the umask is not respected: $(mode strict.json)"

# While it holds a voice, the user's other programs cannot read its memory (what /proc has of it is root's), and a crash leaves no
# copy of it on the disk.
user=(); [ "$(id -u)" != 0 ] || user=(setpriv --reuid=65534 --clear-groups)
chmod 711 "$work"; cp "$voizk" program; chmod 755 program  # folders of root's may be closed to others
mkfifo waiting
"${user[@]}" ./program features --audio - <waiting >out 2>err & child=$!
exec 6>waiting
owner=nobody
for _ in {1..100}; do
  [ "$(cat /proc/$child/comm)" != program ] || owner=$(stat -c %u /proc/$child/mem)
  [ "$owner" != 0 ] || break
  sleep 0.1
done
[ "$owner" = 0 ] || fail "the memory of a running program belongs to $owner"
grep -q 'Max core file size *0  *0 ' /proc/$child/limits || fail "a crash may leave a core dump"
exec 6>&-
wait $child && fail "no recording was taken for one"

# A bundle is trusted code.
mkdir bundle && cp "$source"/models/digits8k/{bundle.json,weights.bin} bundle/
expect 0 "the shipped bundle from a folder" enrol --bundle bundle --store "$work/mine"
sed -i '0,/"name": *"digits8k"/s//"name": "digits8x"/' bundle/bundle.json
expect 2 "another bundle" enrol --bundle bundle --store "$work/mine"; fits error; says bundle
digest=$(sed -n 's/.*--trust-bundle \([0-9a-f]\{64\}\).*/\1/p' out)
[ -n "$digest" ] || fail "the refusal does not say the digest"
expect 2 "with a wrong digest" enrol --bundle bundle --store "$work/mine" --trust-bundle "$(tr 0-9a-f 1-9a-f0 <<<"$digest")"; says bundle
expect 2 "which is not remembered" enrol --bundle bundle --store "$work/mine"
expect 0 "trusted" enrol --bundle bundle --store "$work/mine" --trust-bundle "$digest"
expect 0 "and remembered" enrol --bundle bundle --store "$work/mine"
sed -i '0,/"name": *"digits8x"/s//"name": "digits8y"/' bundle/bundle.json
expect 2 "prove with another again" "$voizk" prove --challenge challenge.json --audio spoken.wav --out x "${pass[@]}" --bundle bundle --json; says bundle
finish
