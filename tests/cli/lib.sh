# Sourced by the scripts of this folder: SCRIPT VOIZK CHECK_JSON SOURCE. Works in a folder of its own; `finish` at the end.
set -uo pipefail
voizk=$(realpath "$1") check_json=$(realpath "$2") source=$(realpath "$3")
sounds=/usr/share/asterisk/sounds/en_US_f_Allison
impostor=/usr/share/pocketsphinx/test/data/tidigits/dhd.2934z.raw
party=bank.example
[ -d "$sounds/digits" ] || { echo "skipped: no $sounds (Debian's asterisk-core-sounds-en-wav)"; exit 77; }
[ -f "$impostor" ] || { echo "skipped: no $impostor (Debian's pocketsphinx-testdata)"; exit 77; }
[ -f "$source/models/digits8k/bundle.json" ] || { echo "skipped: no models/digits8k"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export VOIZK_HOME=$work/home
prompts=("$sounds"/{vm-record-prepend,vm-rec-unv,vm-intro,demo-enterkeywords}.wav)
failures=0

fail() { printf 'NOT SO: %s\n' "$*"; failures=$((failures + 1)); }
# expect CODE TEXT COMMAND...: standard output to `out`, standard error to `err`.
expect() {
  local want=$1 text=$2 got=0; shift 2
  "$@" >out 2>err || got=$?
  if [ "$got" = "$want" ]; then printf 'ok: %s\n' "$text"
  else fail "$text: exit $got, expected $want"; sed 's/^/    /' out err; fi
}
# fits SCHEMA: the last output is an object of docs/json.
fits() { "$check_json" "$source/docs/json/$1.schema.json" <out || { fail "output does not fit docs/json/$1.schema.json"; sed "s/^/    /" out err; }; }
# says TEXT: the last outputs hold it.
says() { grep -qF -- "$1" out err || { fail "nothing says: $1"; sed 's/^/    /' out err; }; }
field() { sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$2" | head -n 1; }
# joined PHRASE FILE: the demonstration speaker's single digits, one after another.
joined() {
  local clips=() i
  for ((i = 0; i < ${#1}; i++)); do clips+=("$sounds/digits/${1:i:1}.wav"); done
  "$voizk" record --join "${clips[@]}" --gap 0.1 --out "$2" --overwrite --quiet >/dev/null
}
# accepted: a challenge (challenge.json, phrase in $phrase) whose joined digits (spoken.wav) the bundle accepts, and its proof
# (login.proof). The published operating point refuses some right phrases, as the model card says; what is tested here is the rest.
accepted() {
  local attempt
  for attempt in {1..25}; do
    "$voizk" challenge --rp $party --digits 5 --lifetime 600 --out challenge.json --json >out || break
    phrase=$(field phrase out)
    joined "$phrase" spoken.wav
    "$voizk" prove --challenge challenge.json --audio spoken.wav --out login.proof --passphrase-file pw --json >out 2>err && return 0
  done
  fail "no phrase was accepted"; cat out err; finish
}
# flipped IN OUT OFFSET: one bit changed.
flipped() {
  cp "$1" "$2"
  local byte; byte=$(od -An -tu1 -j "$3" -N 1 "$1")
  printf "$(printf '\\x%02x' $((byte ^ 1)))" | dd of="$2" bs=1 seek="$3" conv=notrunc status=none
}
finish() { [ "$failures" = 0 ] || { printf '%s expectations failed\n' "$failures"; exit 1; }; echo "all as expected"; }
