#!/usr/bin/env bash
# A clothes-sorting camera: a network pretrained on ImageNet learns Fashion-MNIST under a memory cap.
#
# Everything that is slow is done once and kept in out/; remove that folder to start afresh.
set -euo pipefail
shopt -s inherit_errexit

SIZE=${SIZE:-96}             # height and width of a picture
TRAIN=${TRAIN:-3000}         # pictures to train on, drawn from 60,000
TEST=${TEST:-1000}           # pictures to judge by, drawn from 10,000
EPOCHS=${EPOCHS:-1}
BATCH=${BATCH:-8}
MODE=${MODE:-i8}             # numbers of the training step: i8, i8t, i16g, i8f or f32
CAP=${CAP:-6MiB}             # memory the training step may take; f32 needs 16MiB
POLICY=${POLICY:-last-12}    # what is trained
RATE=${RATE:-0.01}           # its learning rate
HEAD_RATE=${HEAD_RATE:-0.03} # that of the last layer alone
SEED=${SEED:-1}

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
oracle="$root/Tests/Oracle"
out="$here/out"
mkdir -p "$out"

say() { printf '\n== %s\n' "$*"; }

say "Set up"
"$root/targets/setup.sh" host dataset-fashion-mnist
python=$("$root/Tests/venv.sh" "$here")
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}

say "Build"
swift build --package-path "$root" -c release --product espalier
espalier="$(swift build --package-path "$root" -c release --show-bin-path)/espalier"

say "Model and pictures"
model="$out/mobilenetv2-$SIZE.onnx"
if [ ! -e "$model" ]; then
  "$python" "$here/make_model.py" --size "$SIZE" -o "$model.part"
  mv "$model.part" "$model"
fi

# pack NAME SET COUNT: the tool's own file of COUNT pictures of the set, sized and normalized for ImageNet networks.
pack() {
  local data=/usr/share/datasets/fashion-mnist file="$out/$1-$3-$SIZE-$SEED.pack"
  [ -e "$file" ] || "$espalier" data pack "$data/$2-images-idx3-ubyte.gz" --labels "$data/$2-labels-idx1-ubyte.gz" \
    -o "$file" --size "$SIZE" --channels 3 \
    --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --limit "$3" --seed "$SEED" >&2
  echo "$file"
}
train=$(pack train train "$TRAIN")
test=$(pack test t10k "$TEST")

say "Check the model"
"$espalier" check "$model"

# In float the exported model rounds as ours does; in integers one step of an activation may fall the other way.
tolerance=0.001
if [ "$MODE" != f32 ]; then
  say "Quantize"
  tolerance=1
  quantized="${model%.onnx}.int8.onnx"
  "$espalier" quantize "$model" --data "$train" -o "$quantized"
  model=$quantized
fi

if [ "$MODE" = i8 ]; then
  say "A cap that is too small is refused, with what would fit"
  "$espalier" compile "$model" -o "$out/refused.plan" --classes 10 --policy "$POLICY" --batch "$BATCH" --cap 2MiB ||
    [ $? -eq 2 ]
fi

# learn NAME POLICY RATE: compile, judge, train, judge again; the answers go to out/NAME.*.json.
learn() {
  local name=$1 plan="$out/$1.plan" checkpoint="$out/$1.ckpt"
  say "Train: $2"
  rm -f "$checkpoint"
  "$espalier" compile "$model" -o "$plan" --mode "$MODE" --classes 10 --policy "$2" --cap "$CAP" \
    --batch "$BATCH" --optimizer sgd --lr "$3" --schedule cosine --warmup 50 \
    --steps $((TRAIN / BATCH * EPOCHS)) --seed "$SEED" --json >"$out/$name.compile.json"
  "$espalier" eval "$plan" --data "$test" --json >"$out/$name.before.json"
  "$espalier" train "$plan" --data "$train" --epochs "$EPOCHS" --seed "$SEED" --checkpoint "$checkpoint" --overwrite \
    --json >"$out/$name.train.json"
  "$espalier" eval "$plan" --data "$test" --checkpoint "$checkpoint" --json >"$out/$name.after.json"
}
learn pruned "$POLICY" "$RATE"
learn head head "$HEAD_RATE"

say "Export, and let ONNX Runtime judge"
"$espalier" export "$out/pruned.plan" --checkpoint "$out/pruned.ckpt" -o "$out/trained.onnx"
"$espalier" predict "$out/pruned.plan" --checkpoint "$out/pruned.ckpt" --data "$test" -o "$out/espalier.npz"
"$python" "$oracle/ort_predict.py" "$out/trained.onnx" "$test" -o "$out/onnxruntime.npz" | tee "$out/onnxruntime.txt"
"$python" "$oracle/compare_predictions.py" "$out/espalier.npz" "$out/onnxruntime.npz" --tolerance $tolerance

say "Result"
"$python" "$here/summary.py" "$out" "pruned=$POLICY" "head=last layer only"
