#!/usr/bin/env bash
# The Debian packages: they can be made, hold what they should, name what they need, and a login runs from what dpkg installs of
# them into an empty root. The unit of the service keeps it in a tight place. deb.sh VOIZK CHECK_JSON SOURCE BUILD CPACK
build=$(realpath "$4") cpack=$5
. "$(dirname "$0")/../cli/lib.sh"
for program in dpkg dpkg-deb dpkg-shlibdeps; do
  command -v $program >/dev/null || { echo "skipped: no $program (Debian's dpkg-dev)"; exit 77; }
done

expect 0 "cpack makes them" "$cpack" -G DEB --config "$build/CPackConfig.cmake" -B "$work/debs"
version=$(sed -n 's/^project(voizk VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
arch=$(dpkg --print-architecture)
debs=()
for name in voizk voizk-serve libvoizk-dev; do
  deb=debs/${name}_$version-1_$arch.deb
  [ -f "$deb" ] || { fail "no $deb: $(ls debs)"; finish; }
  debs+=("$work/$deb")
  # Whoever lacks what is named could not run it; whoever runs this has it, so that nothing is named that does not exist.
  for needed in $(dpkg-deb -f "$deb" Depends | tr ',' '\n' | sed 's/(.*//; s/ //g'); do
    dpkg-query -W -f='${Status}' "$needed" 2>/dev/null | grep -q 'ok installed' || fail "$name names $needed, which is not installed here"
  done
  [ -n "$(dpkg-deb -f "$deb" Depends)" ] || fail "$name names nothing that it needs"
done
holds() { dpkg-deb -c "debs/${1}_$version-1_$arch.deb" | awk '{print $6}' | grep -qx "./usr/$2" && echo "ok: $1 has $2" || fail "$1 lacks $2"; }
for file in bin/voizk share/man/man1/voizk.1.gz share/bash-completion/completions/voizk share/doc/voizk/copyright; do holds voizk $file; done
for file in bin/voizk-serve share/man/man8/voizk-serve.8.gz lib/systemd/system/voizk-serve.service; do holds voizk-serve $file; done
for file in lib/libvoizk-verifier.a lib/libvoizk.a lib/pkgconfig/voizk.pc lib/cmake/voizk/voizk-config.cmake include/voizk/voizk.h; do holds libvoizk-dev $file; done
dpkg-deb -f "${debs[0]}" Depends >out; : >err
says libcurl4  # opened when it is used, which dpkg-shlibdeps does not see
says libavcodec
if command -v lintian >/dev/null; then
  expect 0 "lintian finds no error" env -u VOIZK_HOME lintian --allow-root --fail-on error "${debs[@]}"
else
  echo "skipped: no lintian here"
fi

mkdir -p root/var/lib/dpkg/{info,updates} && touch root/var/lib/dpkg/{status,available}
# What they need is in the real root. Maintainer scripts run outside of the new root and are told of it (DPKG_ROOT); what would
# command this machine's systemd only says what it was told.
mkdir -p told root/run/systemd/system
for command in systemctl deb-systemd-invoke; do
  printf '#!/bin/sh\necho %s "$@" >>"%s/calls"\n' $command "$work" >told/$command && chmod 755 told/$command
done
dpkg_() { : >calls; env PATH="$work/told:$PATH" dpkg --root="$work/root" --force-not-root --force-depends --force-bad-path --force-script-chrootless --log="$work/dpkg.log" "$@"; }
told() { [ "$(grep -v daemon-reload calls)" = "$1" ] && grep -q daemon-reload calls && echo "ok: systemd is told: ${1:-nothing}" || fail "systemd is told: $(cat calls)"; }
expect 0 "dpkg installs them" dpkg_ -i "${debs[@]}"; told ""
expect 0 "dpkg knows them" sh -c '[ "$(dpkg-query --admindir="$1/root/var/lib/dpkg" -W | wc -l)" = 3 ]' sh "$work"
voizk=$work/root/usr/bin/voizk
expect 0 "the version names the commit" "$voizk" --version --json
fits version
expect 0 "voizk serve finds the other package" "$voizk" serve --help
echo "correct horse" >pw && chmod 600 pw
expect 0 "enrols" "$voizk" enrol --rp $party --out bank.json --passphrase-file pw "${prompts[@]}"
expect 0 "a memory" "$voizk" state init "$work/state"
accepted
expect 0 "and logs in" "$voizk" verify --proof login.proof --challenge challenge.json --credential bank.json --state "$work/state"
expect 0 "pkg-config finds the libraries" env PKG_CONFIG_LIBDIR="$work/root/usr/lib/pkgconfig" pkg-config --exact-version="$version" --print-errors voizk-verifier

unit=root/usr/lib/systemd/system/voizk-serve.service
grep -q '^ExecStart=/usr/bin/voizk-serve ' $unit || fail "the unit starts another program"
if command -v systemd-analyze >/dev/null && systemd-analyze security --help 2>/dev/null | grep -q -- --offline; then
  expect 0 "the unit's exposure is at most 2 of 10" systemd-analyze security --offline=true --no-pager --threshold=20 "$work/$unit"
else
  echo "skipped: no systemd-analyze here"
fi

# What its keeper made, and the service; `systemctl enable` made the link.
link=root/etc/systemd/system/multi-user.target.wants/voizk-serve.service
mkdir -p root/etc/voizk root/var/lib/private/voizk "$(dirname $link)"
touch root/etc/voizk/{api-key.env,serve.toml,note} root/var/lib/private/voizk/voizk.db
ln -s private/voizk root/var/lib/voizk; ln -s /usr/lib/systemd/system/voizk-serve.service $link
expect 0 "an upgrade" dpkg_ -i "${debs[1]}"; told "deb-systemd-invoke try-restart voizk-serve.service"
expect 0 "removed" dpkg_ -r voizk-serve; told "deb-systemd-invoke stop voizk-serve.service"
[ -f root/etc/voizk/api-key.env ] && [ -f root/var/lib/voizk/voizk.db ] && [ ! -e $unit ] || fail "a removed service keeps its data, and only them"
expect 0 "purged" dpkg_ -P voizk-serve; told ""
left=$(find root/etc root/var/lib/private root/var/lib/voizk ! -type d 2>/dev/null)
[ "$left" = root/etc/voizk/note ] && echo "ok: of all that the file stays that is not ours" || fail "a purge leaves: $left"
# Without systemd nobody is told; a second purge of what nobody made is none the worse.
rm -r root/run root/etc/voizk
expect 0 "installed without systemd" dpkg_ -i "${debs[1]}"
expect 0 "and purged" dpkg_ -P voizk-serve; [ ! -s calls ] || fail "called where there is no systemd: $(cat calls)"
finish
