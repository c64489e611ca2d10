#!/usr/bin/env bash
# `voizk serve --oidc`: what it refuses to start with, then oidc.py: an independent client library, with `voizk prove --answer` as the device.
. "$(dirname "$0")/lib.sh"
[ -x "$(dirname "$voizk")/voizk-serve" ] || { echo "skipped: voizk-serve is not built (VOIZK_SERVICE)"; exit 77; }
python=python3
$python -c 'import authlib, requests' 2>/dev/null || python=/usr/bin/python3
$python -c 'import authlib, requests' 2>/dev/null || { echo "skipped: no Authlib and requests for Python (Debian's python3-authlib)"; exit 77; }
serve() { timeout 20 "$voizk" serve --rp bank.example --listen 127.0.0.1:0 --api-key-file key --oidc oidc.json; }
openssl rand -hex 32 >key && chmod 600 key
key_of() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:"$1" -out "$2" 2>/dev/null; chmod 600 "$2"; }
key_of P-256 good.pem
key_of P-384 other.pem
config() { printf '{"issuer": "%s", "key_file": "%s", "clients": [{"client_id": "app", "name": "The app", "auth": "none", "redirect_uris": ["%s"]}]%s}' "$1" "$2" "$3" "$4" >oidc.json; }

expect 2 "no configuration" serve
config https://login.bank.example good.pem http://elsewhere.example/ ""
expect 2 "a redirect that others can read" serve
says "elsewhere.example"
config https://login.bank.example/path good.pem https://app.example/ ""
expect 2 "an issuer with a path" serve
config https://login.bank.example good.pem https://app.example/ ', "cleints": []'
expect 2 "a setting that is none" serve
says "a name that is not known"
config https://login.bank.example other.pem https://app.example/ ""
expect 2 "a key of another curve" serve
says "P-256"
config https://login.bank.example oidc.json https://app.example/ ""
chmod 600 oidc.json
expect 2 "no key in the key file" serve
config https://login.bank.example good.pem https://app.example/ ""
chmod 644 good.pem
expect 2 "a key that others can read" serve
says "chmod 600"

mkdir oidc && cd oidc
if $python "$source/tests/cli/oidc.py" "$voizk" "$sounds"; then :; else fail "oidc.py"; fi
cd ..
finish
