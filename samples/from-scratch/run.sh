#!/usr/bin/env bash
# A network written in Swift is traced, compiled under 1.75 MiB and trained on Fashion-MNIST from nothing.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
data=/usr/share/datasets/fashion-mnist
mkdir -p "$here/out"

"$root/targets/setup.sh" host dataset-fashion-mnist
swift build --package-path "$root" -c release --product espalier
espalier="$(swift build --package-path "$root" -c release --show-bin-path)/espalier"
[ -e "$here/out/train.pack" ] || "$espalier" data pack "$data/train-images-idx3-ubyte.gz" \
  --labels "$data/train-labels-idx1-ubyte.gz" -o "$here/out/train.pack" --limit 15000 --split 0.9 --seed 1

swift run --package-path "$here" -c release FromScratch "$here/out/train.pack"
