#!/usr/bin/env bash
# The test command: sets up what is missing, prepares the oracles' files once, lints, builds, tests.
# Arguments go to `swift test`, such as --filter Importer.
set -euo pipefail
shopt -s inherit_errexit

cd "$(dirname "$0")/.."
targets/setup.sh host chromium llvm # draws the page of a plan; tells cycles of loops
# ARMv6, ARMv7, ARMv8 without and with dot product, RISC-V; runners of these run in an emulator.
boards="raspberry-pi-zero raspberry-pi-2 raspberry-pi-zero-2 raspberry-pi-5 visionfive-2"
cache=$PWD/Tests/.cache
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OMP_WAIT_POLICY=passive

# What tests need beside the build: compilers and emulators of boards, Python, the oracles' files.
prepare() {
  for board in $boards; do targets/setup.sh "$board" qemu-user-static; done
  local python key net
  python=$(Tests/venv.sh Tests)
  # Models and ONNX cases depend on nothing but the scripts that write them and the versions they run with.
  key=$(cat Tests/Oracle/*.py Tests/*.txt samples/quickstart/*.{py,txt} | sha256sum | cut -d' ' -f1)
  if [ "$(cat "$cache/key" 2>/dev/null)" != "$key" ]; then
    rm -rf "$cache"
    mkdir -p "$cache/models"
    "$python" Tests/Oracle/dump_backend_cases.py "$cache/cases" >"$cache/cases.txt"
    for net in mobilenetv2 efficientnet-lite0; do
      "$python" samples/quickstart/make_model.py --net "$net" -o "$cache/models/$net.onnx"
    done
    echo "$key" >"$cache/key"
  fi
  cat "$cache/cases.txt"
  echo "$python" >"$python_path"
}

log=$(mktemp)
python_path=$(mktemp)
swift format lint --strict --recursive --parallel Sources compiler Tests Package.swift

prepare >"$log" 2>&1 &
preparation=$!
# Whatever happens, nothing of it goes on behind the end.
trap 'wait "$preparation" 2>/dev/null || :; rm -f "$log" "$python_path"' EXIT
# Whole networks are slow in debug. A folder of its own, because other flags would rebuild what the samples built.
build=(-c release -Xswiftc -enable-testing --scratch-path .build/tests --explicit-target-dependency-import-check error)
swift build "${build[@]}" --build-tests

wait "$preparation" && prepared=0 || prepared=$?
cat "$log"
[ "$prepared" = 0 ] || exit "$prepared"
ESPALIER_PYTHON=$(cat "$python_path")
export ESPALIER_ORACLE=$cache ESPALIER_PYTHON ESPALIER_BOARDS="host $boards"
if [ -d ../shared/data ]; then
  ESPALIER_SHARED=$(cd ../shared/data && pwd)
  export ESPALIER_SHARED
else
  echo "tests: ../shared/data is not there: tests of published networks and instances are skipped" >&2
fi

swift test "${build[@]}" --skip-build "$@" 2>&1 | tee "$log"

# What is skipped without being allowed to is as bad as what fails: a suite whose oracle is missing proves nothing.
may_be_skipped='needs ../shared/data'
[ -z "${ESPALIER_SHARED-}" ] || may_be_skipped='nothing may'
if skipped=$(grep -E '(Test|Suite) .* skipped' "$log" | grep -vF "$may_be_skipped"); then
  printf 'tests: skipped, and must run here:\n%s\n' "$skipped" >&2
  exit 1
fi
