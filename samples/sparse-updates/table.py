"""Searches what to train at shares of the full update's arena and prints accuracy as Markdown.

Finished trials stay in OUT/<task>/trials and are not repeated; OUT/table.json holds the same numbers.
"""

import argparse
import json
import subprocess
from pathlib import Path

# How a task is trained, by every policy alike.
TASKS = {
    "digits": {"lr": 0.03, "steps": 1000, "warmup": 50, "classes": 10},
    "sensor": {"lr": 0.01, "steps": 300, "warmup": 30},
}
SCORES = ["fisher", "gradient", "contribution"]
# Samples of an update; under a cap one after the other, with their gradients summed.
BATCH = 8
# Presets beside the search: factors of outputs; blocks that stay, with small branches that learn beside them.
PRESETS = ["scale", "tinytl", "tinytl-lite"]
TRIAL_STEPS = 100
# The full update where all that is exact may be done to make it fit: computing twice, and state that waits in a file.
PAGED = "full, paged"
# Exit code of what does not fit.
OVER_CAP = 2
# What stands where a search chooses what a preset does.
SAME = "as a preset"


class Search:
    def __init__(self, espalier, folder, options):
        self.espalier, self.folder, self.options = espalier, folder, options

    def front(self, score, cap):
        """The points of one search; a cap below the minimum gives none."""
        batch = BATCH if cap == "none" else 1
        flags = {
            "data": self.folder / "train.npz", "eval": self.folder / "test.npz", "cache": self.folder / "trials",
            "score": score, "cap": cap, "points": 1,
            "batch": batch, "accumulate": BATCH // batch, "trial-steps": TRIAL_STEPS, "schedule": "cosine", "seed": 1,
            **self.options,
        }  # fmt: skip
        front = self.run("search", self.folder / "model.int8.onnx", "-o", self.folder / f"{score}-{cap}.json", **flags)
        return front["points"] if front else []

    def preset(self, policy, cap="none"):
        """A preset as `compile` makes it fit: bytes of the arena, and accuracy in the mean of the seeds; None where no
        way fits."""
        name = policy if cap == "none" else f"{policy}-{cap}"
        result = self.folder / f"{name}.json"
        if result.exists():
            return json.loads(result.read_text())
        options = dict(self.options)
        seeds = options.pop("seeds")
        batch = BATCH if cap == "none" else 1
        plan, checkpoint = self.folder / f"{name}.plan", self.folder / f"{name}.ckpt"
        accuracies = []
        for seed in range(1, seeds + 1):
            flags = {
                "policy": policy, "cap": cap, "batch": batch, "accumulate": BATCH // batch, "schedule": "cosine",
                "seed": seed,
            }  # fmt: skip
            report = self.run("compile", self.folder / "model.int8.onnx", "--quiet", "-o", plan, **flags, **options)
            if report is None:
                return None
            data = self.folder / "train.npz"
            self.run("train", plan, "--quiet", "--overwrite", data=data, checkpoint=checkpoint, seed=seed)
            evaluated = self.run("eval", plan, "--quiet", data=self.folder / "test.npz", checkpoint=checkpoint)
            accuracies.append(evaluated["accuracy"])
        point = {"arena_bytes": report["arena_bytes"], "trained_parameters": report["trained_parameters"]}
        point["accuracy"] = sum(accuracies) / seeds
        result.write_text(json.dumps(point) + "\n")
        return point

    def run(self, verb, file, *words, **flags):
        """What a verb prints as JSON; None where it says that nothing fits."""
        command = [self.espalier, verb, file, *words, *(f"--{name}={value}" for name, value in flags.items()), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode == OVER_CAP:
            return None
        done.check_returncode()
        return json.loads(done.stdout)


def markdown(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|---" * len(header) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def cell(point):
    if point == SAME:
        return point
    return f"{100 * point['accuracy']:.1f} in {point['arena_bytes']:,}" if point else "does not fit"


def compare(name, search, shares):
    """Prints one task's table: a row for each way to choose, a column for each cap."""
    everything = search.front("snr", "none")
    full = next(point for point in everything if point["source"] == "full")
    caps = {share: int(full["arena_bytes"] * share) for share in shares}
    columns = {share: {} for share in shares}
    for score in SCORES:
        for share, cap in caps.items():
            points = search.front(score, cap)
            if points:
                columns[share][score] = SAME
            for point in points:
                source = "last layers that fit" if point["source"].startswith("last-") else point["source"]
                columns[share][source] = point
    for share, cap in caps.items():
        columns[share][PAGED] = search.preset("full", cap)
    rows = ["head", "bias", "last layers that fit", *SCORES, PAGED]
    print(f"{name}: full update {cell(full)} bytes; accuracy in per cent and bytes of the arena under caps of")
    header = ["", *(f"{share:g}: {cap:,}" for share, cap in caps.items())]
    markdown(header, [[row, *(cell(columns[share].get(row)) for share in shares)] for row in rows])
    # The search has trained these two already.
    points = {point["source"]: point for point in everything if point["source"] in ("full", "bias")}
    points |= {policy: search.preset(policy) for policy in PRESETS}
    print(f"{name} without a cap:")
    rows = [
        [p, f"{x['arena_bytes']:,}", f"{x['trained_parameters']:,}", f"{100 * x['accuracy']:.1f}"]
        for p, x in points.items()
    ]
    markdown(["policy", "bytes of the arena", "trained", "accuracy"], rows)
    return {"full": full, "presets": points, "caps": {str(share): columns[share] for share in shares}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("espalier", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--shares", nargs="+", type=float, default=[0.125, 0.25, 0.5])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()

    results = {}
    for name in options.tasks:
        search = Search(options.espalier, options.out / name, TASKS[name] | {"seeds": options.seeds})
        results[name] = compare(name, search, options.shares)
    (options.out / "table.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
