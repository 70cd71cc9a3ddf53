#!/usr/bin/env bash
# Builds the fuzzer of models, arrays and policies: Tests/Fuzz/Host/build.sh PROGRAM
#
# The modules are built in .build/fuzz-host with the address sanitizer, which takes some minutes the first time.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
program=$(realpath -m "$1")
cd "$root"
# Counters of edges alone: calls at each comparison would take longer than all the rest.
coverage=-sanitize-coverage=edge,inline-8bit-counters,pc-table
flags=(-c release --sanitize=address -Xswiftc $coverage --scratch-path .build/fuzz-host -Xswiftc -enable-testing)
for target in ONNX Passes Select; do swift build "${flags[@]}" --target $target; done
built=$(swift build "${flags[@]}" --show-bin-path)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "module CFuzzer { header \"$root/Tests/Fuzz/fuzzer.h\" }" >"$work/module.modulemap"
for module in CKernels CPlatform CPictures; do maps+=(-Xcc -fmodule-map-file="$built/$module.build/module.modulemap"); done
for module in CPNG CJPEG CZlib; do maps+=(-Xcc -fmodule-map-file="$root/Sources/$module/module.modulemap"); done
# shellcheck disable=SC2046
swiftc -O -wmo -parse-as-library -suppress-warnings -sanitize=address $coverage -enable-testing -module-name HostFuzz \
  -I "$built/Modules" "${maps[@]}" -Xcc -fmodule-map-file="$work/module.modulemap" \
  $(pkg-config --cflags-only-I libpng libjpeg zlib | sed 's/-I/-Xcc -I/g') \
  Tests/Fuzz/Host/*.swift Tests/ONNXTests/{ModelMaker,ModelMutator,MutationSeeds,SmallModels}.swift \
  Tests/SelectTests/Net.swift Tests/SamplesTests/ZipSigner.swift -c -o "$work/HostFuzz.o"
# shellcheck disable=SC2046
swiftc -sanitize=address,fuzzer "$work/HostFuzz.o" \
  $(find "$built" -name '*.o' -path '*.build/*' ! -path '*Tests*' ! -path '*Plugin*') \
  $(pkg-config --libs libpng libjpeg zlib) -o "$program" 2> >(grep -v 'Cannot export local symbol' >&2)
