"""Compares two gradient files tensor by tensor; exit code 1 when they are not the same gradients."""

import argparse

import numpy as np


def compare(a, b):
    """Cosine and ratio of norms, in double; two zero gradients are alike."""
    a, b = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    norm_a, norm_b = np.linalg.norm(a), np.linalg.norm(b)
    if norm_a == 0 or norm_b == 0:
        return (1.0, 1.0) if norm_a == norm_b else (0.0, np.inf)
    return float(a @ b / (norm_a * norm_b)), float(norm_a / norm_b)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("a", help="the gradients under test")
    parser.add_argument("b", help="the gradients to compare with")
    parser.add_argument("--cosine", type=float, default=0.99999, help="smallest cosine")
    parser.add_argument("--norm", type=float, default=1e-4, help="largest deviation of the norm ratio from 1")
    parser.add_argument("--quiet", action="store_true", help="print the tensors that differ and the worst ones only")
    options = parser.parse_args()

    a, b = np.load(options.a), np.load(options.b)
    names = [n for n in b.files if n.startswith("grad/")]
    lonely = sorted({n for n in a.files if n.startswith("grad/")} ^ set(names))
    for name in lonely:
        print(f"only in {options.a if name in a.files else options.b}: {name}")
    shared = [n for n in names if n not in lonely]
    mismatched = [n for n in shared if a[n].shape != b[n].shape]
    for name in mismatched:
        print(f"shape {a[name].shape} against {b[name].shape}: {name}")

    rows = [(*compare(a[n], b[n]), n) for n in shared if n not in mismatched]
    bad = 0
    for cosine, ratio, name in rows:
        # Written so that NaN counts as different.
        differs = not (cosine >= options.cosine and abs(ratio - 1) <= options.norm)
        bad += differs
        if differs or not options.quiet:
            print(f"{'DIFFERS' if differs else 'same   '} cosine {cosine:.8f} norm ratio {ratio:.7f} {name[5:]}")
    if rows:
        worst_cosine = min(rows)
        worst_ratio = max(rows, key=lambda r: abs(r[1] - 1))
        print(f"worst cosine     {worst_cosine[0]:.8f} {worst_cosine[2][5:]}")
        print(f"worst norm ratio {worst_ratio[1]:.8f} {worst_ratio[2][5:]}")
    loss_a, loss_b = float(a["loss"]), float(b["loss"])
    loss_differs = not abs(loss_a - loss_b) <= 1e-4 * abs(loss_b)
    largest = np.abs(a["logits"] - b["logits"]).max()
    print(f"loss {loss_a:.7f} against {loss_b:.7f}; largest logit difference {largest:.2e}")
    print(f"{len(rows)} tensors compared, {bad + len(lonely) + len(mismatched)} differ")
    if bad or lonely or mismatched or loss_differs or not rows:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
