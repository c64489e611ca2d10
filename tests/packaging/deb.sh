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
# What they need is in the real root; maintainer scripts, which would need a root of their own, they have none.
expect 0 "dpkg installs them" dpkg --root="$work/root" --force-not-root --force-depends --force-bad-path --log="$work/dpkg.log" -i "${debs[@]}"
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
finish
