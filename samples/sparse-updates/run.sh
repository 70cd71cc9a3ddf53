#!/usr/bin/env bash
# Searches what to train of two networks under small caps and prints the table: run.sh [OPTIONS OF table.py]
#
# Networks, data and finished trials are kept in out/; remove that folder to start afresh.
set -euo pipefail
shopt -s inherit_errexit

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out="$here/out"
mkdir -p "$out"

"$root/targets/setup.sh" host dataset-fashion-mnist
python=$("$root/Tests/venv.sh" "$here")
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OMP_WAIT_POLICY=passive

swift build --package-path "$root" -c release --product espalier >&2
espalier="$(swift build --package-path "$root" -c release --show-bin-path)/espalier"

# once FILE COMMAND...: runs the command if the file, the last that it writes, is missing.
once() { [ -e "$1" ] || "${@:2}" >&2; }
tasks="$root/samples/integer-training/make_tasks.py"
once "$out/digits/model.onnx" "$python" "$tasks" --network clothes -o "$out"
once "$out/sensor/model.onnx" "$python" "$tasks" --network sensor -o "$out"
for task in digits sensor; do
  once "$out/$task/model.int8.onnx" "$espalier" quantize "$out/$task/model.onnx" \
    --data "$out/$task/train.npz" -o "$out/$task/model.int8.onnx"
done

"$python" "$here/table.py" "$espalier" "$out" "$@"

# One search as a person sees it, from the trials of the table, and plans that take turns.
digits="$out/digits"
"$espalier" search "$digits/model.int8.onnx" --data "$digits/train.npz" --eval "$digits/test.npz" --classes 10 --batch 1 \
  --accumulate 8 --cap 159052 --points 1 --steps 1000 --lr 0.03 --schedule cosine --warmup 50 --seeds 3 --seed 1 \
  --cache "$digits/trials" -o "$out/front.json" --quiet
"$espalier" compile "$digits/model.int8.onnx" -o "$out/cycle.plan" --classes 10 --batch 8 --steps 1000 --plans cycle-4 \
  --cap none
