#!/usr/bin/env bash
# Runs a fuzzer on inputs of one kind: Tests/Fuzz/run.sh FOLDER KIND RUNS
#
# KIND is plan, pack, checkpoint, ring, stream or delta; onnx, npz or policy. What it needs is made in FOLDER first,
# where it is not there yet. Inputs that reached something new stay in FOLDER/corpus, findings in FOLDER.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
folder=$(realpath "$1") kind=$2 runs=$3
case $kind in
  onnx | npz | policy) program=host build=Host/build.sh seeds=Host/seeds.py most=6000 ;;
  *) program=fuzzer build=build.sh seeds=seeds.py most=20000 ;;
esac
tool=${ESPALIER:-$root/.build/debug/espalier}
[ -x "$folder/$program" ] || bash "$root/Tests/Fuzz/$build" "$folder/$program"
[ -d "$folder/seeds/$kind" ] || "${ESPALIER_PYTHON:-python3}" "$root/Tests/Fuzz/$seeds" "$tool" "$folder"
FUZZ_PLANS=$(cat "$folder/plans" 2>/dev/null || true)
export FUZZ_PLANS ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=4:allocator_may_return_null=1
export SWIFT_BACKTRACE=enable=no
mkdir -p "$folder/corpus/$kind"
# The peak that libFuzzer reads is that of the process which started it, so single allocations are limited instead.
exec "$folder/$program" -runs="$runs" -max_len=$most -len_control=0 -timeout=10 -rss_limit_mb=0 -malloc_limit_mb=512 \
  -print_final_stats=1 -artifact_prefix="$folder/$kind-" "$folder/corpus/$kind" "$folder/seeds/$kind"
