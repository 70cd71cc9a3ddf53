"""The table at the end of the quickstart: what was trained, in how much memory, how fast, how well.

Usage: summary.py FOLDER NAME=TITLE... reads FOLDER/NAME.{compile,before,train,after}.json.
"""

import json
import sys
from pathlib import Path


PARTS = ("compile", "before", "train", "after")


def read(folder, name):
    """The answers of the four commands of one run."""
    return {part: json.loads((folder / f"{name}.{part}.json").read_text()) for part in PARTS}


def bytes_text(count):
    return f"{count:,} ({count / 2**20:.2f} MiB)"


ROWS = [
    ("parameters trained", lambda r: f"{r['compile']['trained_parameters']:,}"),
    ("cap", lambda r: bytes_text(r["compile"]["cap_bytes"])),
    ("arena planned", lambda r: bytes_text(r["compile"]["arena_bytes"])),
    ("arena measured", lambda r: bytes_text(r["train"]["arena_high_water_bytes"])),
    ("time per step", lambda r: f"{1000 * r['train']['seconds_per_step']:.1f} ms"),
    ("accuracy before", lambda r: f"{100 * r['before']['accuracy']:.1f} %"),
    ("accuracy after", lambda r: f"{100 * r['after']['accuracy']:.1f} %"),
]


def main():
    folder = Path(sys.argv[1])
    names, titles = zip(*(argument.split("=", 1) for argument in sys.argv[2:]), strict=True)
    runs = [read(folder, name) for name in names]
    table = [("", *titles)] + [(title, *(text(run) for run in runs)) for title, text in ROWS]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for first, *rest in table:
        print(first.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(rest, widths[1:], strict=True)), sep="  ")


if __name__ == "__main__":
    main()
