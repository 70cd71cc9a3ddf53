"""Trains a plan on packed data, keeps what it learned, and predicts with it: train.py PLAN DATA STEPS CHECKPOINT."""

import sys

import espalier


def main(plan: str, data: str, steps: int, checkpoint: str) -> None:
    with espalier.Session(plan) as session, session.open_data(data) as samples:
        print(session.plan)
        for report in session.train(samples, steps):
            print(f"step {report.step}  loss {report.loss:g}")
        session.save(checkpoint)
        score = session.evaluate(samples)
        print(f"{score.correct} of {score.samples} right")
        classes, probabilities = session.classify(samples)
        for index in range(4):
            print(f"sample {index}  class {classes[index]}  probability {probabilities[index]:.3f}")


if __name__ == "__main__":
    if len(sys.argv) != 5 or not sys.argv[3].isdigit():
        sys.exit(__doc__)
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
    except espalier.EspalierError as error:
        print("error:", error, file=sys.stderr)
        sys.exit(error.status)
