"""Seeds of the fuzzer of host readers: models with a few nodes, arrays, policies.

    python Tests/Fuzz/Host/seeds.py ESPALIER FOLDER

writes FOLDER/seeds with a folder for each kind of file. The models are those of `MutationSeeds`, as the fuzzer writes
them.
"""

import io
import os
import subprocess
import sys

import numpy as np

folder = os.path.abspath(sys.argv[2])

POLICIES = {
    "bias": '{"policy": 1, "default": "bias", "layers": []}',
    "layers": """{"policy": 1, "default": "frozen", "layers": [
      {"match": "features.[0-9].weight", "train": "full", "bias": false},
      {"match": "head.*", "train": "region", "input_channels": [0, 4], "rows": [1, 3]},
      {"match": "features.*", "train": "region", "ratio": 0.5, "select": "norm"},
      {"match": "?*?", "train": "region", "channels": [0, 2, 3]},
      {"match": "\\\\[x", "train": "scale"},
      {"match": "features.2*", "train": "lite-residual", "kernel": 3, "groups": 4}]}""",
}


def write(kind, name, number, contents):
    os.makedirs(f"{folder}/seeds/{kind}", exist_ok=True)
    with open(f"{folder}/seeds/{kind}/{name}", "wb") as file:
        file.write(bytes([number]) + contents)


def arrays():
    x, y = np.arange(24, dtype=np.float32).reshape(4, 3, 2), np.array([0, 1, 2, 1])
    for name, save in (("stored", np.savez), ("packed", np.savez_compressed)):
        for kind, values in {
            "classes": {"x": x, "y": y}, "targets": {"x": x, "y": x[:, 0]}, "bytes": {"x": x.astype(np.uint8), "y": y},
            "double": {"x": np.asfortranarray(x.astype(np.float64)), "y": y.astype(np.int8)}, "single": {"input": x},
        }.items():
            file = io.BytesIO()
            save(file, **values)
            write("npz", f"{kind}-{name}", 1, file.getvalue())
    file = io.BytesIO()
    np.save(file, x)
    write("npz", "npy", 1, file.getvalue())


arrays()
for name, text in POLICIES.items():
    write("policy", name, 2, text.encode())
os.makedirs(f"{folder}/seeds/onnx", exist_ok=True)
subprocess.run([f"{folder}/host"], env={**os.environ, "FUZZ_SEEDS": f"{folder}/seeds/onnx"}, check=True)
