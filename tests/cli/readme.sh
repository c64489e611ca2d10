#!/usr/bin/env bash
# Runs the README's blocks marked `sh` as they stand, with recordings and a passphrase where they expect them.
. "$(dirname "$0")/lib.sh"
mkdir bin && ln -s "$voizk" bin/voizk && PATH=$work/bin:$PATH
echo "correct horse" >passphrase
for i in 0 1 2 3; do cp "${prompts[i]}" prompt$((i + 1)).wav; done
sed -n '/^```sh$/,/^```$/{/^```/!p}' "$source/README.md" >blocks
[ -s blocks ] || fail "the README has no block to run"
while read -r line; do
  [ -n "$line" ] && expect 0 "$line" bash -c "$line"
done <blocks
for file in $(grep -o '](\([^)#]*\))' "$source/README.md" | sed 's/](\(.*\))/\1/' | grep -v ://); do
  [ -e "$source/$file" ] || fail "README links to $file, which is not there"
done
for command in state record enrol credentials challenge login prove serve verify inspect relation features model bench doctor; do
  grep -q "\`[^|]*$command" "$source/README.md" || fail "the README does not mention $command"
done
finish
