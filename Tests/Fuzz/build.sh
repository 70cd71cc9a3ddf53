#!/usr/bin/env bash
# Builds the fuzzer of readers of plans, packs, checkpoints, rings, streams and deltas: Tests/Fuzz/build.sh PROGRAM
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=$root/Sources
clang -O2 -c "$root/Tests/Fuzz/checksum.c" -o "$work/checksum.o"
# Counters of edges alone: calls at each comparison would take longer than all the rest.
for file in "$sources"/CPlatform/*.c "$sources"/CKernels/*.c; do
  clang -O1 -g -fsanitize=address -fsanitize-coverage=inline-8bit-counters,pc-table -fno-math-errno -ffp-contract=off -I"$sources/CPlatform/include" \
    -I"$sources/CKernels/include" -c "$file" -o "$work/$(basename "$(dirname "$file")")-$(basename "$file").o"
done
cat >"$work/module.modulemap" <<MAP
module CPlatform { header "$sources/CPlatform/include/cplatform.h" }
module CKernels { header "$sources/CKernels/include/ckernels.h" }
module CFuzzer { header "$root/Tests/Fuzz/fuzzer.h" }
MAP
# All of it is one module here, and what imports others finds empty ones.
for module in Runtime Emit; do
  swiftc -parse-as-library -emit-module -module-name $module -o "$work/$module.swiftmodule" - </dev/null
done
# shellcheck disable=SC2046
swiftc -O -wmo -parse-as-library -suppress-warnings -sanitize=address \
  -sanitize-coverage=edge,inline-8bit-counters,pc-table -module-name Fuzz -I "$work" \
  -Xcc -fmodule-map-file="$work/module.modulemap" \
  $(find "$sources/Runtime" -name '*.swift' ! -name Digest.swift) \
  "$sources"/Espalier/Delta/Delta.swift "$sources"/Espalier/Delta/Delta+{Codec,File}.swift \
  "$root/compiler/Emit/FileBuilder.swift" "$root"/Tests/Fuzz/*.swift -c -o "$work/Fuzz.o"
swiftc -suppress-warnings -sanitize=address,fuzzer "$work"/*.o -o "$1" 2> >(grep -v 'Cannot export local symbol' >&2)
