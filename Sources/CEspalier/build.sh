#!/usr/bin/env bash
# Builds libespalier for this computer: the interpreter with all its kernels, in Embedded Swift without allocations.
#   Sources/CEspalier/build.sh [FOLDER]     default: .build/c
# FOLDER gets espalier.h, libespalier.a, libespalier.so.1 and the link libespalier.so. Both libraries need libc only and
# show the functions of espalier.h only. Needs swiftc; its toolchain's clang, lld, llvm-objcopy and llvm-ar are used.
set -euo pipefail
shopt -s inherit_errexit

sources=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$sources/../.build/c}
mkdir -p "$out"
out=$(cd "$out" && pwd)
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
# Beside the results: each takes its place in one step.
work=$(mktemp -d "$out/.build.XXXXXX")
trap 'rm -rf "$work"' EXIT

header=$sources/CEspalier/include/espalier.h
cat >"$work/module.modulemap" <<END
module CEspalier { header "$header" export * }
module CPlatform { header "$sources/CPlatform/include/cplatform.h" export * }
module CKernels { header "$sources/CKernels/include/ckernels.h" export * }
END

# One module: the session's files import the runtime under this name, which is told as a warning.
swift=(
  -module-name Runtime -parse-as-library -wmo -swift-version 6 -O -enable-experimental-feature Embedded
  -Xfrontend -no-allocations -Xfrontend -function-sections -Xfrontend -disable-stack-protector -suppress-warnings
  -Xcc -fno-math-errno -Xcc -ffp-contract=off -module-cache-path "$work/modules" -I "$work")
find "$sources/Runtime" "$sources/CEspalier/Session" -name '*.swift' -print0 | sort -z |
  xargs -0 swiftc "${swift[@]}" -c -o "$work/swift.o"

c=(-O2 -std=c17 -fPIC -ffunction-sections -fdata-sections -ffp-contract=off -fno-math-errno -fno-stack-protector)
index=0
for file in "$sources"/{CPlatform,CKernels,CEspalier}/*.c; do
  "$tools/clang" "${c[@]}" -I "$sources/CPlatform/include" -I "$sources/CKernels/include" \
    -I "$sources/CEspalier/include" -c "$file" -o "$work/c$index.o"
  index=$((index + 1))
done

# The functions of the header, and what they reach: one object file whose other names are nobody else's.
grep -oE '\bespalier_[a-z_]+\(' "$header" | tr -d '(' | sort -u >"$work/functions"
mapfile -t functions <"$work/functions"
"$tools/ld.lld" -r --gc-sections "${functions[@]/#/--undefined=}" -o "$work/espalier.o" "$work"/swift.o "$work"/c*.o
"$tools/llvm-objcopy" --keep-global-symbols="$work/functions" --strip-unneeded "$work/espalier.o"

mkdir "$work/out"
cp "$header" "$work/out"
"$tools/llvm-ar" rcsD "$work/out/libespalier.a" "$work/espalier.o"
{
  echo "{ global:"
  sed 's/$/;/' "$work/functions"
  echo "local: *; };"
} >"$work/exports"
"$tools/clang" -shared -fuse-ld=lld -o "$work/out/libespalier.so.1" "$work/espalier.o" -s -Wl,-soname,libespalier.so.1 \
  -Wl,--version-script="$work/exports" -Wl,--no-undefined -Wl,--gc-sections -Wl,-z,relro,-z,now
ln -s libespalier.so.1 "$work/out/libespalier.so"
mv -f "$work"/out/* "$out"
echo "$out"
