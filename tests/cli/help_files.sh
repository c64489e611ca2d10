#!/usr/bin/env bash
# Man pages and the completion for bash say what the programs say (tools/make-help-files), can be read by man, and complete commands, options
# and files in a shell.
. "$(dirname "$0")/lib.sh"
serve=$(dirname "$voizk")/voizk-serve
[ -x "$serve" ] || { echo "skipped: voizk-serve is not built (VOIZK_SERVICE)"; exit 77; }
expect 0 "pages and completions are those of the programs" "$source/tools/make-help-files" --check "$voizk" "$serve"
for page in voizk.1 voizk-serve.8; do
  if command -v man >/dev/null && [ "$(man --version 2>/dev/null | cut -c1-4)" = "man " ]; then
    expect 0 "man reads $page" env MANROFFSEQ= man --warnings -E UTF-8 -l -Tutf8 -Z "$source/docs/man/$page"
    [ ! -s err ] || fail "and complains: $(head -n 3 err)"
  else
    echo "skipped: no man here to read $page"
  fi
done
# completed WORD...: what is offered for the last word.
completed() {
  bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _voizk; printf "%s\n" "${COMPREPLY[@]}"' sh "$source/docs/completion/voizk.bash" "$@"
}
offers() { local want=$1; shift; [ "$(completed "$@" | tr '\n' ' ')" = "$want " ] && echo "ok: completes ${*@Q}" || fail "completing ${*@Q}: $(completed "$@")"; }
touch some.wav
offers "credentials" voizk cr
offers "list" voizk credentials l
offers "--passphrase-file --passphrase-fd" voizk credentials show --pass
offers "--passphrase-file --passphrase-fd" voizk --json credentials --store folder show --pass
offers "--input --input-bits" voizk model import --inp
offers "some.wav" voizk login --audio so
offers "some.wav" voizk enrol so
offers "--most-failures" voizk serve --mos
offers "--most-failures" voizk-serve --mos
offers "" voizk zz
finish
