#!/usr/bin/env bash
# Trains four tasks in every number format and prints the tables: run.sh [OPTIONS OF table.py]
#
# Networks, data and finished trainings are kept in out/; remove that folder to start afresh.
set -euo pipefail
shopt -s inherit_errexit

SIZE=${SIZE:-96}     # height and width of MobileNetV2's pictures
TRAIN=${TRAIN:-3000} # its training pictures, drawn from 60,000
TEST=${TEST:-1000}   # its test pictures, drawn from 10,000

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out="$here/out"
mkdir -p "$out/mobilenetv2"

"$root/targets/setup.sh" host dataset-fashion-mnist
python=$("$root/Tests/venv.sh" "$here")
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OMP_WAIT_POLICY=passive

swift build --package-path "$root" -c release --product espalier >&2
espalier="$(swift build --package-path "$root" -c release --show-bin-path)/espalier"

# pack PART SET COUNT: pictures for MobileNetV2, sized and normalized as for ImageNet networks.
pack() {
  local data=/usr/share/datasets/fashion-mnist file="$out/mobilenetv2/$1.pack"
  [ -e "$file" ] || "$espalier" data pack "$data/$2-images-idx3-ubyte.gz" --labels "$data/$2-labels-idx1-ubyte.gz" \
    -o "$file" --size "$SIZE" --channels 3 \
    --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --limit "$3" --seed 1 >&2
}
pack train train "$TRAIN"
pack test t10k "$TEST"
pack calibration train 256

# once FILE COMMAND...: runs the command if the file, the last that it writes, is missing.
once() { [ -e "$1" ] || "${@:2}" >&2; }
once "$out/mobilenetv2/model.onnx" "$python" "$root/samples/quickstart/make_model.py" --size "$SIZE" \
  -o "$out/mobilenetv2/model.onnx"
once "$out/digits/model.onnx" "$python" "$here/make_tasks.py" --network clothes -o "$out"
once "$out/sensor/model.onnx" "$python" "$here/make_tasks.py" --network sensor -o "$out"

"$python" "$here/table.py" "$espalier" "$out" "$@"
