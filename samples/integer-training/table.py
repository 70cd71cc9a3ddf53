"""Trains every task in every number format and prints accuracy, mean and standard deviation over seeds, as Markdown.

Finished runs stay in OUT/runs and are not repeated; OUT/table.json and OUT/sweep.json hold the same numbers.
"""

import argparse
import json
from pathlib import Path
from statistics import mean, stdev

from runs import MODES, TASKS, Runner

SWEPT_ROWS = ["f32", "i8", "i8t nearest"]
SWEPT_FACTORS = [0.01, 0.032, 0.1, 0.32, 1, 3.2, 10]
BYTES = ["weights", "saved", "gradients", "state", "scratch", "io", "control"]


def markdown(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|---" * len(header) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def spread(numbers):
    return stdev(numbers) if len(numbers) > 1 else 0.0


def accuracies(runner, options):
    """{row: {task: percentages of its runs}}, and the runs themselves by row and task."""
    results = {
        row: {task: [runner.run(task, row, 1, seed) for seed in options.seeds] for task in options.tasks}
        for row in options.rows
    }
    percent = {r: {t: [100 * run["accuracy"] for run in runs] for t, runs in of.items()} for r, of in results.items()}
    return percent, results


def compare(runner, options):
    percent, results = accuracies(runner, options)
    print("Accuracy in per cent, mean ± standard deviation")
    first = results[options.rows[0]]
    untrained = [f"{mean(100 * run['before'] for run in first[task]):.1f}" for task in options.tasks]
    cells = [
        [row, *(f"{mean(percent[row][task]):.2f} ± {spread(percent[row][task]):.2f}" for task in options.tasks)]
        for row in options.rows
    ]
    markdown(["", *options.tasks], [["before training", *untrained], *cells])
    for task in options.tasks:
        print(f"Planned bytes: {task}, {first[task][0]['trained_parameters']:,} parameters trained")
        runs = [(row, results[row][task][0]) for row in options.rows]
        sizes = [
            [row, f"{run['arena_bytes']:,}", *(f"{run['bytes_by_class'][name]:,}" for name in BYTES)]
            for row, run in runs
        ]
        markdown(["", "arena", *BYTES], sizes)
    return results


def sweep(runner, options):
    """Learning rates over three decades, around the one of the table."""
    results = {}
    for task in options.tasks:
        results[task] = {
            row: [runner.run(task, row, factor, options.seeds[0])["accuracy"] for factor in SWEPT_FACTORS]
            for row in SWEPT_ROWS
        }
        rates = [f"{factor * TASKS[task].rate:.2g}" for factor in SWEPT_FACTORS]
        print(f"Accuracy in per cent by learning rate: {task}")
        markdown(["", *rates], [[row, *(f"{100 * a:.1f}" for a in of)] for row, of in results[task].items()])
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("espalier", help="the tool")
    parser.add_argument("out", type=Path, help="folder with a folder for each task")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--rows", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--sweep", action="store_true", help="compare learning rates instead of formats")
    options = parser.parse_args()

    runner = Runner(options.espalier, options.out)
    results = (sweep if options.sweep else compare)(runner, options)
    path = options.out / ("sweep.json" if options.sweep else "table.json")
    path.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
