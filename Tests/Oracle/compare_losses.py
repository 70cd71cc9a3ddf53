"""Compares the losses of two runs step by step; exit code 1 when one is off by more than the tolerance."""

import argparse
import json
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("a", help='JSON with "losses", the run under test')
    parser.add_argument("b", help='JSON with "losses", the run to compare with')
    parser.add_argument("--relative", type=float, default=1e-4)
    options = parser.parse_args()

    a, b = (json.loads(Path(p).read_text())["losses"] for p in (options.a, options.b))
    differences = [abs(x - y) / abs(y) for x, y in zip(a, b, strict=False)]
    for step, (x, y, d) in enumerate(zip(a, b, differences, strict=False)):
        print(f"step {step:3} {x:.7f} {y:.7f} relative difference {d:.2e}")
    print(f"{len(a)} and {len(b)} steps, largest relative difference {max(differences, default=float('nan')):.2e}")
    if len(a) != len(b) or not differences or not all(d <= options.relative for d in differences):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
