"""Update policies, preset or JSON, resolved against the layers of a network: which part of which tensor is trained."""

import json
from fnmatch import fnmatchcase
from pathlib import Path


def preset(name, layers):
    """The policy that a preset's name stands for, in the form of a policy file."""
    if name in ("full", "bias"):
        default, chosen = name, layers[-1:] if name == "bias" else []
    else:
        default, count = "frozen", 1 if name == "head" else int(name.removeprefix("last-"))
        chosen = layers[-count:]
    return {"default": default, "layers": [{"match": layer.weight, "train": "full"} for layer in chosen]}


def read(policy, layers):
    return json.loads(Path(policy).read_text()) if policy.endswith(".json") else preset(policy, layers)


def trained(policy, layers):
    """{tensor: None where all of it is trained, else (axis, first channel, end)}."""
    for entry in policy["layers"]:
        if not any(fnmatchcase(layer.weight, entry["match"]) for layer in layers):
            raise SystemExit(f"policy: {entry['match']} matches no weight")
    result = {}
    for layer in layers:
        matching = [e for e in policy["layers"] if fnmatchcase(layer.weight, e["match"])]
        entry = matching[-1] if matching else {"train": policy["default"]}
        train = entry["train"]
        if train == "full":
            result[layer.weight] = None
        elif train == "region":
            result[layer.weight] = (layer.axis, *entry["input_channels"])
        if layer.bias and entry.get("bias", train != "frozen"):
            result[layer.bias] = None
    return result
