#!/usr/bin/env bash
# Builds the fuzzer of the pictures' reader: Tests/Fuzz/build-pictures.sh PROGRAM
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck disable=SC2046
clang -O1 -g -fuse-ld=lld -fsanitize=address,fuzzer -I"$root/Sources/CPictures/include" "$root"/Sources/CPictures/*.c \
  "$root/Tests/Fuzz/pictures.c" $(pkg-config --cflags --libs libpng libjpeg zlib) -o "$1"
