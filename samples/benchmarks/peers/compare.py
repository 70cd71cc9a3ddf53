"""Espalier beside other frameworks: MobileNetV2 with ten classes, plain SGD, all on the same network and batch.

Prints Markdown: CPU time and time of a step, and memory beyond what the framework takes when it is imported. In every
round each takes one turn; the least of the rounds counts. Who cannot be measured is told in words.
"""

import argparse
import fcntl
import json
import subprocess
import sys
from pathlib import Path

import tables
from cases import Case
from environments import HERE, Missing
from espalier import Espalier
from network import UPDATES
from processes import Peer

PEERS = [
    Peer("PyTorch, eager", "pytorch", "run_pytorch.py"),
    Peer("PyTorch, compiled", "pytorch", "run_pytorch.py", ("--compiled",)),
    Peer("ONNX Runtime", "onnxruntime", "run_onnxruntime.py", maker="make_onnxruntime.py"),
    Peer("TensorFlow", "tensorflow", "run_tensorflow.py"),
    Peer("LiteRT", "litert", "run_litert.py", maker="make_litert.py", maker_environment="tensorflow"),
    Peer("ExecuTorch", "executorch", "run_executorch.py", maker="make_executorch.py"),
    Peer("MNN", "mnn", "run_mnn.py"),
]


def prepare(options):
    """The network as Espalier exports it, BatchNorm folded and with its new head, is what everyone starts from."""
    plan, model = options.folder / "network.plan", options.folder / "network.onnx"
    words = ["compile", options.model, "-o", plan, "--mode", "f32", "--classes", "10", "--policy", "full", "-q"]
    subprocess.run([options.espalier, *words, "--cap", "none"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([options.espalier, "export", plan, "-o", model, "-q"], check=True, stdout=subprocess.DEVNULL)
    words = [HERE / "prepare_network.py", model, str(options.size), *map(str, options.batches)]
    subprocess.run([sys.executable, *words], check=True)


def measure(case, participants, options):
    """Results by name, and the reasons why others have none."""
    at_work, results, reasons = {}, {}, {}

    def attempt(name, action):
        try:
            return action()
        except Missing as reason:
            reasons[name] = str(reason)
            at_work.pop(name, None)

    for one in participants:
        print(f"batch {case.batch}, {case.update}: {one.name} gets ready", file=sys.stderr)
        started = attempt(one.name, lambda: one.start(case, options.environments))
        if started:
            at_work[one.name] = started
            attempt(one.name, lambda: started.prepare(options.seconds))
    for _ in range(options.rounds):
        for name, one in list(at_work.items()):
            attempt(name, one.turn)
    for name, one in list(at_work.items()):
        result = attempt(name, one.finish)
        if result:
            results[name] = result
    return results, reasons


def judge(results, reasons):
    """Takes out who did not train what it should, or came to other losses than Espalier in float."""
    expected = results["Espalier `f32`"].losses if "Espalier `f32`" in results else None
    for name, result in list(results.items()):
        wrong = result.wrong
        if expected and not wrong and name != "Espalier `i8`":
            if any(abs(a - b) > 0.001 for a, b in zip(expected, result.losses, strict=True)):
                wrong = f"its first losses are {result.losses}, not {expected}"
        if wrong:
            reasons[name] = f"trains wrongly: {wrong}"
            del results[name]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("espalier", help="path of the command")
    parser.add_argument("model", help="MobileNetV2 as ONNX")
    parser.add_argument("--folder", type=Path, required=True, help="for plans and whatever else is made")
    parser.add_argument("--environments", type=Path, required=True, help="for one virtual environment per peer")
    parser.add_argument("--size", type=int, default=96, help="height and width of the picture")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--updates", nargs="+", choices=UPDATES, default=UPDATES)
    parser.add_argument("--peers", nargs="+", choices=[one.name for one in PEERS], help="these alone")
    parser.add_argument("--threads", type=int, default=1, help="that share a step")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="CPU time of a turn")
    parser.add_argument("--json", type=Path, help="also writes what was measured to this file")
    options = parser.parse_args()

    options.folder.mkdir(parents=True, exist_ok=True)
    lock = open(options.folder / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"another run is at work in {options.folder}") from None

    rate = 0.001
    prepare(options)
    participants = [Espalier(options.espalier, mode) for mode in ("i8", "f32")]
    participants += [one for one in PEERS if not options.peers or one.name in options.peers]
    cases = []
    for batch in options.batches:
        for update in options.updates:
            case = Case(update, batch, options.threads, rate, options.folder)
            results, reasons = measure(case, participants, options)
            judge(results, reasons)
            cases.append((case, results, reasons))
            report = tables.report(cases, [one.name for one in participants], options)
            # After every case, as all of them take long.
            if options.json:
                options.json.write_text(json.dumps(report, indent=2) + "\n")
    print(tables.markdown(report))


if __name__ == "__main__":
    main()
