"""Writes published sparse-update schemes as policy files, FOLDER/<scheme>.json.

A scheme counts convolutions in forward order without the classifier: the last `n_bias` train their biases, and of
those listed under `weights` the given share of input channels (of channels, in depthwise ones).
"""

import argparse
import json
from pathlib import Path

import onnx

from qdq_network import QDQNetwork


def entries(scheme, network, head):
    convolutions = network.layers[:-1]
    first_bias = len(convolutions) - scheme["n_bias"]
    ratios = {int(index): ratio for index, ratio in scheme["weights"].items()}
    for index, layer in enumerate(convolutions):
        channels = network.leaves[layer.weight].shape[layer.axis]
        end = round(ratios.get(index, 0) * channels)
        trains_bias = index >= first_bias
        if end:
            region = {"train": "region", "input_channels": [0, end], "bias": trains_bias}
            yield {"match": layer.weight, **region}
        elif trains_bias:
            yield {"match": layer.weight, "train": "bias"}
    yield {"match": head, "train": "full"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("schemes", help="JSON file with the schemes")
    parser.add_argument("model", help="the ONNX network they are for")
    parser.add_argument("--head", default="head.weight", help="name of the classifier's weight")
    parser.add_argument("-o", "--output", required=True, help="folder")
    options = parser.parse_args()

    network = QDQNetwork(onnx.load(options.model))
    schemes = json.loads(Path(options.schemes).read_text())["schemes"]
    for name, scheme in schemes.items():
        policy = {"policy": 1, "default": "frozen", "layers": list(entries(scheme, network, options.head))}
        path = Path(options.output) / f"{name}.json"
        path.write_text(json.dumps(policy, indent=2) + "\n")
        print(f"{path}: {len(policy['layers'])} layers")


if __name__ == "__main__":
    main()
