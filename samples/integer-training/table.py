"""Trains every task in every number format and prints accuracy, mean and standard deviation over seeds, as Markdown.

Finished runs stay in OUT/runs and are not repeated; OUT/table.json, OUT/sweep.json and OUT/rounding.json hold the same
numbers.
"""

import argparse
import json
from pathlib import Path
from statistics import mean, stdev

from runs import MODES, TASKS, Runner

SWEPT_ROWS = ["f32", "i8", "i8t nearest"]
# How weights and updates are rounded shows at small steps, and at many of them.
ROUNDED_ROWS = ["f32", "i8", "i8t", "i8t nearest"]
ROUNDED_FACTORS = [1, 0.1]
ROUNDED_BATCHES = [8, 1]
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


def percentages(runs):
    return [100 * run["accuracy"] for run in runs]


def cell(percent):
    """Mean and standard deviation, as the tables print them."""
    return f"{mean(percent):.2f} ± {spread(percent):.2f}"


def accuracies(runner, options):
    """{row: {task: percentages of its runs}}, and the runs themselves by row and task."""
    results = {
        row: {task: [runner.run(task, row, 1, seed) for seed in options.seeds] for task in options.tasks}
        for row in options.rows
    }
    percent = {row: {task: percentages(runs) for task, runs in of.items()} for row, of in results.items()}
    return percent, results


def compare(runner, options):
    percent, results = accuracies(runner, options)
    print("Accuracy in per cent, mean ± standard deviation")
    first = results[options.rows[0]]
    untrained = [f"{mean(100 * run['before'] for run in first[task]):.1f}" for task in options.tasks]
    cells = [[row, *(cell(percent[row][task]) for task in options.tasks)] for row in options.rows]
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


def roundings(runner, options):
    """Batches of 8 and 1 at each task's learning rate and at a tenth of it."""
    results = {}
    for factor in ROUNDED_FACTORS:
        for batch in ROUNDED_BATCHES:
            rows = []
            for row in ROUNDED_ROWS:
                runs = {t: [runner.run(t, row, factor, seed, batch) for seed in options.seeds] for t in options.tasks}
                percent = {task: percentages(of) for task, of in runs.items()}
                results[f"{row}, rate x {factor:g}, batch {batch}"] = percent
                rows.append([row, *map(cell, percent.values())])
            print(f"Accuracy in per cent at {factor:g} times the learning rate, batch {batch}")
            markdown(["", *options.tasks], rows)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("espalier", help="the tool")
    parser.add_argument("out", type=Path, help="folder with a folder for each task")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--rows", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--sweep", action="store_true", help="compare learning rates instead of formats")
    kind.add_argument("--rounding", action="store_true", help="compare roundings at small batches and rates instead")
    options = parser.parse_args()

    runner = Runner(options.espalier, options.out)
    table, name = (
        (sweep, "sweep") if options.sweep else (roundings, "rounding") if options.rounding else (compare, "table")
    )
    results = table(runner, options)
    path = options.out / f"{name}.json"
    path.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
