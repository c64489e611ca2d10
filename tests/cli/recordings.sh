#!/usr/bin/env bash
# Every command that takes speech takes the same files, makes the same checks of them, and says which file it means.
. "$(dirname "$0")/lib.sh"
command -v ffmpeg >/dev/null || { echo "NOT SO: no ffmpeg (tools/install-packages installs it)"; exit 1; }
echo "correct horse" >pw
pass=(--passphrase-file pw)
expect 0 "enrol" "$voizk" enrol --rp $party "${prompts[@]}" "${pass[@]}"
accepted
prove() { "$voizk" prove --challenge challenge.json --out x.proof "${pass[@]}" --json "$@"; }
enrol() { "$voizk" enrol --rp other.example "${prompts[@]:1}" "$@" "${pass[@]}" --json; }

# What browsers and telephones record.
for made in phone.m4a browser.webm voice.ogg; do
  ffmpeg -v error -nostdin -i spoken.wav -ar 48000 $made
  expect 0 "features of $made" "$voizk" features --audio $made --json; fits features
done

# Refused for the same reason by all three.
ffmpeg -v error -nostdin -f lavfi -i "aevalsrc=0:d=4:s=8000" silent.wav
ffmpeg -v error -nostdin -i "${prompts[0]}" -t 0.5 short.wav
ffmpeg -v error -nostdin -i "${prompts[0]}" -af "volume=40dB" clipped.wav
for reason in silent:silent short:too_short clipped:clipped; do
  file=${reason%:*}.wav why=${reason#*:}
  expect 3 "prove, $why" prove --audio "$file"; says "\"$why\""
  expect 0 "features, $why" "$voizk" features --audio "$file" --json; says "\"would_refuse\": \"$why\""
  expect 3 "enrol, $why" enrol "$file"; says "$file: "
done

# One limit, said in the same words: that of the bundle's longest bucket.
ffmpeg -v error -nostdin -stream_loop 5 -i "${prompts[2]}" -t 14 long.wav
expect 3 "prove, too long" prove --audio long.wav; says too_long; says "long.wav: 14 s; at most 10.255 s"
expect 0 "features, too long" "$voizk" features --audio long.wav --json; says '"would_refuse": "too_long"'; says "at most 10.255 s"
ffmpeg -v error -nostdin -stream_loop 50 -i "${prompts[2]}" -t 90 minutes.wav
expect 2 "prove, far too long" prove --audio minutes.wav; says "at most 10.255 s"
# Quiet ends are cut off, whatever the offset.
ffmpeg -v error -nostdin -i spoken.wav -af "adelay=5000,apad=pad_dur=4,dcshift=0.1" padded.wav
expect 0 "features of a recording with quiet ends" "$voizk" features --audio padded.wav --json
grep -q too_long out && fail "quiet ends about an offset are not cut"

# Headerless files have a rate wherever they are taken.
ffmpeg -v error -nostdin -i spoken.wav -f s16le -ar 16000 spoken.raw
expect 0 "features of a raw file" "$voizk" features --audio spoken.raw --raw-rate 16000 --json
expect 0 "record --join of raw files" "$voizk" record --join spoken.raw spoken.raw --raw-rate 16000 --out joined.wav --json
expect 2 "record --join of a raw file without a rate" "$voizk" record --join spoken.raw --out x.wav; says "spoken.raw: "; says "--raw-rate"

# Nothing waits for ever, and the file is named.
mkfifo pipe.wav
printf 'Dear Sir' >letter.wav
for file in pipe.wav letter.wav absent.wav; do
  expect 2 "prove of $file" timeout 20 "$voizk" prove --challenge challenge.json --audio $file --out x "${pass[@]}"; says "$file: "
  expect 2 "features of $file" timeout 20 "$voizk" features --audio $file; says "$file: "
  expect 2 "enrol of $file" timeout 20 "$voizk" enrol --rp other.example "${prompts[@]:1}" $file "${pass[@]}"; says "$file: "
  expect 2 "record --join of $file" timeout 20 "$voizk" record --join $file --out x.wav; says "$file: "
done
finish
