"""Cosine and norm ratio of two gradient files, tensor by tensor; exit code 1 where a cosine is too small."""

import argparse

import numpy as np

from compare_gradients import compare


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("a", help="the gradients under test")
    parser.add_argument("b", help="the gradients to compare with")
    parser.add_argument("--cosine", type=float, default=0.999, help="smallest cosine of a tensor")
    parser.add_argument("--mean", type=float, default=0.0, help="smallest mean cosine")
    options = parser.parse_args()

    a, b = np.load(options.a), np.load(options.b)
    names = [n for n in b.files if n.startswith("grad/")]
    lonely = sorted({n for n in a.files if n.startswith("grad/")} ^ set(names))
    for name in lonely:
        print(f"only in {options.a if name in a.files else options.b}: {name}")
    names = [n for n in names if n not in lonely]
    rows = [(*compare(a[n], b[n]), n.removeprefix("grad/")) for n in names]
    for cosine, ratio, name in rows:
        print(f"cosine {cosine:.6f} norm ratio {ratio:.5f} {name}")
    if not rows:
        raise SystemExit("no tensor in common")
    worst, _, name = min(rows)
    mean = float(np.mean([cosine for cosine, _, _ in rows]))
    largest = np.abs(a["logits"] - b["logits"]).max()
    print(f"loss {float(a['loss']):.6f} against {float(b['loss']):.6f}; largest logit difference {largest:.2e}")
    print(f"{len(rows)} tensors: mean cosine {mean:.6f}, worst {worst:.6f} ({name})")
    # Written so that NaN fails.
    if lonely or not (worst >= options.cosine and mean >= options.mean):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
