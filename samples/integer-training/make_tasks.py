"""Makes the small tasks: pretrains a network once and writes model.onnx, train, test and calibration .npz of each.

digits    clothes network, handwritten digits
shift     clothes network, clothes before another camera
sensor    exercises by a watch: eight wearers pretrain, another one's first halves train and second halves test
"""

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "quickstart"))
import sources  # noqa: E402
from pretrain import SensorNet, SmallMobileNet, accuracy, export, pretrain  # noqa: E402

NEW_WEARER = 10
LEFT_OUT = 9


def write(folder, train, test):
    """Training and test samples, and 256 of the former to calibrate with."""
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(0).permutation(len(train[0]))[:256]
    calibration = [array[order] for array in train]
    for name, (x, y) in {"train": train, "test": test, "calibration": calibration}.items():
        np.savez(folder / f"{name}.npz", x=x, y=y)
    print(f"{folder}: {len(train[0])} training samples, {len(test[0])} test samples")


def clothes(out, epochs):
    """The network for `digits` and `shift`, trained on 54,000 pictures; the others are for `shift`."""
    (x, y), (test_x, test_y) = sources.fashion("train"), sources.fashion("t10k")
    net = pretrain(SmallMobileNet(), x[:54_000], y[:54_000], epochs)
    count = sum(p.numel() for p in net.parameters())
    print(f"clothes: {count} parameters, accuracy {accuracy(net, test_x, test_y):.4f}")

    generator = np.random.default_rng(1)
    moved = sources.shifted(test_x[:2000], generator)
    write(out / "shift", (sources.shifted(x[54_000:58_000], generator), y[54_000:58_000]), (moved, test_y[:2000]))
    print(f"shift: accuracy without training {accuracy(net, moved, test_y[:2000]):.4f}")
    new_x, new_y = sources.digits(generator)
    write(out / "digits", (new_x[:4000], new_y[:4000]), (new_x[4000:], new_y[4000:]))

    export(net, x, out / "shift" / "model.onnx")
    shutil.copy(out / "shift" / "model.onnx", out / "digits" / "model.onnx")


def sensor(out, epochs):
    series = sources.recordings()
    known = [(s, exercise) for s, exercise, wearer in series if wearer not in (NEW_WEARER, LEFT_OUT)]
    new = [(s, exercise) for s, exercise, wearer in series if wearer == NEW_WEARER]
    x, y = sources.windows(known, 25)
    mean, deviation = x.mean((0, 2, 3), keepdims=True), x.std((0, 2, 3), keepdims=True)

    def standard(x, y):
        return (x - mean) / deviation, y

    x, y = standard(x, y)
    train = standard(*sources.windows([(s[: len(s) // 2], e) for s, e in new], 10))
    test = standard(*sources.windows([(s[len(s) // 2 :], e) for s, e in new], 10))
    net = pretrain(SensorNet(), x, y, epochs)
    count = sum(p.numel() for p in net.parameters())
    print(f"sensor: {count} parameters, {len(x)} windows, accuracy {accuracy(net, x, y):.4f} on them")
    print(f"sensor: accuracy without training {accuracy(net, *test):.4f}")
    write(out / "sensor", train, test)
    export(net, x, out / "sensor" / "model.onnx")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=["clothes", "sensor"], required=True)
    parser.add_argument("--epochs", type=int, help="passes over the data of the pretraining")
    parser.add_argument("-o", "--output", required=True, help="folder")
    options = parser.parse_args()

    torch.manual_seed(0)
    if options.network == "clothes":
        clothes(Path(options.output), options.epochs or 4)
    else:
        sensor(Path(options.output), options.epochs or 20)


if __name__ == "__main__":
    main()
