#!/usr/bin/env bash
# How fast: a whole training step beside PyTorch's, compiling, starting, and every kernel beside the machine's peak; and
# how small: the bytes of a step beside PyTorch's and ExecuTorch's.
#   run.sh             all of it
#   run.sh step|tool|kernels|memory
#   run.sh peers [--threads N] [--json FILE] ...   beside seven ways to train with other frameworks, not part of all
set -euo pipefail
shopt -s inherit_errexit

SIZE=${SIZE:-96}          # height and width of the picture
ESPALIER=${ESPALIER:-}    # a command that is built already

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out="$here/out"
mkdir -p "$out"
what=${1:-all}

"$root/targets/setup.sh" host >&2
python=$("$root/Tests/venv.sh" "$root/samples/quickstart")
# One thread each; threads of PyTorch that have nothing to do must not spin on a core that we use.
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive

espalier=$ESPALIER
if [ -z "$espalier" ]; then
  swift build --package-path "$root" -c release --product espalier >&2
  espalier="$(swift build --package-path "$root" -c release --show-bin-path)/espalier"
fi
model="$out/mobilenetv2-$SIZE.onnx"
if [ ! -e "$model" ]; then
  "$python" "$root/samples/quickstart/make_model.py" --size "$SIZE" -o "$model.part" >&2
  mv "$model.part" "$model"
fi
if [ "$what" = peers ]; then
  # Its standard output is the table alone.
  exec "$python" "$here/peers/compare.py" "$espalier" "$model" --size "$SIZE" --folder "$out/peers" \
    --environments "$root/.build/peers" "${@:2}"
fi
compile=("$espalier" compile "$model" -o "$out/full.plan" --mode f32 --classes 10 --policy full --cap none --batch 1 --lr 0.001)
"${compile[@]}" >"$out/compile.txt"

if [ "$what" = all ] || [ "$what" = step ]; then
  swift build --package-path "$here" -c release --product Step
  "$python" "$here/compare_step.py" "$(swift build --package-path "$here" -c release --show-bin-path)/Step" \
    "$out/full.plan" --size "$SIZE"
fi
if [ "$what" = all ] || [ "$what" = tool ]; then
  "$python" "$here/time_command.py" 5 "espalier compile, MobileNetV2 @$SIZE, full update" "${compile[@]}"
  "$python" "$here/time_command.py" 21 "espalier --help" "$espalier" --help
fi
if [ "$what" = all ] || [ "$what" = kernels ]; then
  swift package --package-path "$here" benchmark --target Kernels
fi
if [ "$what" = all ] || [ "$what" = memory ]; then
  "$python" -m pip install --quiet --no-deps -r "$here/executorch.txt" ||
    echo "ExecuTorch cannot be installed here: its column stays empty" >&2
  "$python" "$here/compare_memory.py" "$espalier" "$model" --size "$SIZE" 2>/dev/null
  # What fewer bytes cost in multiplications.
  "$espalier" frontier "$model" --mode f32 --classes 10 --policy full --batch 8 --quiet
fi
