"""Writes the ONNX project's own backend tests as OUT/<kind>/<case>/{model.onnx, case.json, *.npy}.

Kinds: node (one operator each), pytorch-operator, pytorch-converted, light (whole networks with constant
weights), light-seeded (the same networks with weights that tell one channel from another); and our own composed
(small networks in which layouts and constants meet).
"""

import sys
import warnings
from pathlib import Path

import onnx
from onnx import numpy_helper

import composed_networks
import light_networks
from onnx_cases import Tally

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"


def node_cases(folder, tally):
    from onnx.backend.test.case.node import collect_testcases

    for case in sorted(collect_testcases(None), key=lambda c: c.name):
        # Dropout that drops draws from the generator of the reference implementation.
        if case.name.startswith("test_training_dropout") and "zero_ratio" not in case.name:
            tally.skipped["node"]["random result"] += 1
            continue
        for inputs, outputs in case.data_sets:
            tally.case(folder, case.name, "node", case.model, inputs, outputs, case.rtol, case.atol)


def stored_cases(folder, kind, tally):
    def load(path, role):
        files = sorted(path.glob(f"test_data_set_0/{role}_*.pb"), key=lambda f: int(f.stem.split("_")[1]))
        return [numpy_helper.to_array(onnx.load_tensor(f)) for f in files]

    for path in sorted((DATA / kind).iterdir()):
        if (path / "model.onnx").exists():
            model = onnx.load(path / "model.onnx")
            tally.case(folder, path.name, kind, model, load(path, "input"), load(path, "output"), 1e-3, 1e-6)


def main():
    warnings.filterwarnings("ignore")
    folder, tally = Path(sys.argv[1]), Tally()
    node_cases(folder, tally)
    stored_cases(folder, "pytorch-operator", tally)
    stored_cases(folder, "pytorch-converted", tally)
    light_networks.cases(DATA, folder, tally)
    composed_networks.cases(folder, tally)
    print("\n".join(tally.lines()))


if __name__ == "__main__":
    main()
