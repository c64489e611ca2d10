#!/usr/bin/env bash
# `voizk serve`: its settings and what it refuses to start with, then service.py, then client.py (`voizk register`, `voizk login --server`), then docs/relying-party.md's blocks as they stand.
. "$(dirname "$0")/lib.sh"
[ -x "$(dirname "$voizk")/voizk-serve" ] || { echo "skipped: voizk-serve is not built (VOIZK_SERVICE)"; exit 77; }
python3 -c 'import jsonschema' 2>/dev/null || { echo "skipped: no jsonschema for Python (Debian's python3-jsonschema)"; exit 77; }
serve() { "$voizk" serve --rp bank.example --listen 127.0.0.1:0 "$@"; }

expect 0 "help" "$voizk" serve --help
says "--api-key-file"
expect 0 "version" "$voizk" serve --version
says "voizk login v2, voizk proof v3"
"$voizk" --version | head -n 1 | sed 's/^voizk //' >version; says "$(cat version)"  # the same commit
expect 2 "no relying party" "$voizk" serve --listen 127.0.0.1:0
expect 2 "no API key" serve
says "there is no API key"
echo short >key && chmod 600 key
expect 2 "a key that could be guessed" serve --api-key-file key
openssl rand -hex 32 >key
chmod 644 key
expect 2 "a key that others can read" serve --api-key-file key
says "chmod 600"
chmod 600 key
expect 2 "weaker limits than NIST's" serve --api-key-file key --most-failures 51
expect 2 "an enrolment of one recording" serve --api-key-file key --enrolment 1
expect 2 "an enrolment of nine" serve --api-key-file key --enrolment 9
expect 2 "an address by name" serve --api-key-file key --listen localhost:0
expect 2 "a database that cannot be" serve --api-key-file key --database /nowhere/at/all.db
expect 2 "no such bundle" serve --api-key-file key --bundle nowhere
echo 'open-loggins = 3' >typo.toml
expect 2 "a setting that is none" serve --api-key-file key --config typo.toml
printf 'rp = "bank.example"\nlisten = "127.0.0.1:0"\nmost-failures = 99\n' >high.toml
expect 2 "the file is checked as flags are" "$voizk" serve --api-key-file key --config high.toml
expect 2 "a key as a flag, which others see" timeout 20 "$voizk" serve --rp bank.example --listen 127.0.0.1:0 --api-key "$(cat key)"
printf 'rp = "bank.example"\nlisten = "127.0.0.1:0"\napi-key = "%s"\n' "$(cat key)" >keyed.toml
expect 2 "a key in the configuration file" timeout 20 "$voizk" serve --config keyed.toml
expect 2 "a proxy by name" timeout 20 "$voizk" serve --rp bank.example --listen 127.0.0.1:0 --api-key-file key --proxy localhost
says "localhost"
mkdir site && echo hello >site/index.html
expect 2 "no such page" serve --api-key-file key --page nowhere
expect 2 "a demonstration without a page" serve --demo
expect 2 "a demonstration that others could reach" timeout 20 "$voizk" serve --rp bank.example --listen 0.0.0.0:0 --page site --demo
says "loopback only"
expect 2 "a demonstration behind a proxy" timeout 20 "$voizk" serve --rp bank.example --listen 127.0.0.1:0 --page site --demo --proxy 127.0.0.1
says "neither --proxy nor --origin"
expect 2 "a demonstration for other pages" timeout 20 "$voizk" serve --rp bank.example --listen 127.0.0.1:0 --page site --demo --origin https://bank.example
expect 2 "a page needs a back end's key, unless it is a demonstration" serve --page site
expect 2 "behind another option" "$voizk" --quiet serve --rp bank.example


port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$voizk" serve --rp bank.example --listen 127.0.0.1:$port --page site --demo --database page.db 2>page.log &
service_process=$!
trap 'kill "${service_process:-}" 2>/dev/null; rm -rf "$work"' EXIT
expect 0 "the page" curl --silent --show-error --include --retry 30 --retry-delay 1 --retry-connrefused http://127.0.0.1:$port/
says "hello"
says "Content-Security-Policy: default-src 'none'"
says "Cache-Control: no-cache"
expect 0 "its back end" curl --silent --show-error http://127.0.0.1:$port/rp/session
says '"relying_party":"bank.example"'
expect 0 "for this machine only" curl --silent --show-error --header "Host: evil.example:$port" http://127.0.0.1:$port/rp/session
says "urn:voizk:problem:foreign-host"
expect 0 "which has a key of its own, that nobody else has" curl --silent --show-error http://127.0.0.1:$port/v1/audit
says "urn:voizk:problem:unauthorized"
expect 0 "no file but those" curl --silent --show-error --path-as-is http://127.0.0.1:$port/../key
says "urn:voizk:problem:not-found"
kill -TERM $service_process; wait $service_process || fail "SIGTERM ends it with $?"
service_process=

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.pem -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
expect 2 "a certificate without its key" serve --api-key-file key --tls-certificate tls.pem
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$voizk" serve --rp bank.example --listen 127.0.0.1:$port --api-key-file key --tls-certificate tls.pem --tls-key tls.key --database tls.db 2>tls.log &
service_process=$!
trap 'kill "${service_process:-}" 2>/dev/null; rm -rf "$work"' EXIT
expect 0 "TLS, and the certificate is checked" curl --silent --show-error --cacert tls.pem --retry 30 --retry-delay 1 --retry-connrefused https://127.0.0.1:$port/health
says '"status":"ok"'
# SECLEVEL=0: OpenSSL itself would not offer the old ones. 1.2 shows that this is how to ask.
hello() { echo | timeout 20 openssl s_client "$1" -cipher DEFAULT@SECLEVEL=0 -CAfile tls.pem -verify_return_error -connect 127.0.0.1:$port; }
expect 0 "TLS 1.2" hello -tls1_2
expect 1 "no TLS 1.1" hello -tls1_1
expect 1 "no TLS 1.0" hello -tls1
kill -TERM $service_process; wait $service_process || fail "SIGTERM ends it with $?"
service_process=

mkdir service && cd service
if python3 "$source/tests/cli/service.py" "$voizk" "$source/src/service/api/openapi.json" "$sounds"; then :; else fail "service.py"; fi
cd ..
mkdir client && cd client
if VOIZK_HOME=$work/client-home python3 "$source/tests/cli/client.py" "$voizk" "$sounds" "$work/tls.pem" "$work/tls.key"; then :; else fail "client.py"; fi
for schema in register login_server; do cp ${schema%_server}.json ../out 2>/dev/null; (cd ..; fits $schema); done
cd ..

# The document: its blocks one after another, in one shell; the phrase is spoken by joined digits.
export VOIZK_HOME=$work/walk-home
document=$source/docs/relying-party.md
mkdir bin walk && ln -s "$voizk" bin/voizk && PATH=$work/bin:$PATH && cd walk
echo "correct horse" >passphrase && chmod 600 passphrase
for i in 0 1 2 3; do cp "${prompts[i]}" prompt$((i + 1)).wav; done
block() { awk -v n="$1" '/^```sh$/ {on = (++i == n); next} /^```$/ {on = 0} on' "$document" | sed "s/8731/$port/g"; }
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export VOIZK_SERVE_DIGITS=5 VOIZK_SERVE_OPEN_LOGINS=40
walk() { eval "$(block "$1")" >out 2>err; }
[ -n "$(block 5)" ] || fail "docs/relying-party.md has not five blocks"
walk 1 || { fail "block 1"; cat out err; }
walk 2 || { fail "block 2"; cat out err; }
grep -q '"enrolment_proven":false' out || { fail "registration"; cat out err; }
for ((attempt = 0; attempt < 25; attempt++)); do
  walk 3 || { fail "block 3"; cat out err; break; }
  joined "$(sed 's/.*"phrase":"\([0-9]*\)".*/\1/' challenge.json)" spoken.wav
  walk 4
  grep -q '"accepted":true' out && break
done
grep -q '"accepted":true' out && printf 'ok: the walk-through logs in\n' || { fail "login"; cat out err; }
walk 5 || { fail "block 5"; cat out err; }
grep -q '"status":"accepted"' out && grep -q '"event":"credential_revoked"' out || { fail "block 5's answers"; cat out err; }
finish
