#!/usr/bin/env bash
# Builds the fuzzer of the runtime's readers: Tests/Fuzz/build.sh PROGRAM
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=$root/Sources
for file in "$sources"/CPlatform/*.c "$sources"/CKernels/*.c; do
  clang -O1 -g -fsanitize=address,fuzzer-no-link -fno-math-errno -ffp-contract=off -I"$sources/CPlatform/include" \
    -I"$sources/CKernels/include" -c "$file" -o "$work/$(basename "$(dirname "$file")")-$(basename "$file").o"
done
cat >"$work/module.modulemap" <<MAP
module CPlatform { header "$sources/CPlatform/include/cplatform.h" }
module CKernels { header "$sources/CKernels/include/ckernels.h" }
module CFuzzer { header "$root/Tests/Fuzz/fuzzer.h" }
MAP
# shellcheck disable=SC2046
swiftc -O -wmo -parse-as-library -suppress-warnings -sanitize=address,fuzzer -module-name Fuzz \
  -Xcc -fmodule-map-file="$work/module.modulemap" $(find "$sources/Runtime" -name '*.swift') \
  "$root"/Tests/Fuzz/*.swift "$work"/*.o -o "$1"
