"""What all peers have in common: options, turns, and the measures that a process takes of itself.

A peer is a script that imports its framework and calls `run`. It prints one JSON line when it is ready, one for each
number of steps that it reads from standard input, and a last one at the end of input:

    {"version": "2.13.0", "losses": [2.1, 2.0, 1.9]}       the framework, losses of the first --steps steps
    {"cpu": 0.31, "wall": 0.32}                            seconds that the steps took, all threads of the process
    {"memory": 1234, "wrong": ""}                          bytes, and which tensors were not treated as they should
"""

import argparse
import json
import os
import resource
import sys
import time

import numpy as np

from network import UPDATES, names


def parser(description):
    options = argparse.ArgumentParser(description=description)
    options.add_argument("network", help="weights and batch, .npz")
    options.add_argument("--batch", type=int, default=1)
    options.add_argument("--update", choices=UPDATES, default="full")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--steps", type=int, default=3, help="steps whose losses are told")
    options.add_argument("--rate", type=float, default=0.001, help="learning rate of plain SGD")
    options.add_argument("--folder", help="where files lie that were made beforehand")
    return options


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak_bytes():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def wrong_tensors(network, update, found):
    """Says which tensors a training left as they were or changed against its update set; nothing if all is right."""
    expected = names(update)
    still, moved = [], []
    for name in names():
        # What a framework holds as a constant it does not hand out.
        has_changed = name in found and not np.array_equal(network[name], found[name])
        if name in expected and not has_changed:
            still.append(name)
        if name not in expected and has_changed:
            moved.append(name)
    words = [f"{len(still)} of {len(expected)} tensors do not change, such as {still[0]}"] if still else []
    words += [f"{len(moved)} frozen tensors change, such as {moved[0]}"] if moved else []
    return "; ".join(words)


def say(**values):
    print(json.dumps(values), flush=True)


def run(version, options, make):
    """Measures what make(options, network) returns: an object with step() -> loss and tensors() -> arrays by name."""
    imported = resident_bytes()
    network = np.load(options.network)
    training = make(options, network)
    say(version=version, losses=[float(training.step()) for _ in range(options.steps)])
    for line in sys.stdin:
        wall, cpu = time.perf_counter(), cpu_seconds()
        for _ in range(int(line)):
            training.step()
        say(cpu=cpu_seconds() - cpu, wall=time.perf_counter() - wall)
    memory = peak_bytes() - imported
    say(memory=memory, wrong=wrong_tensors(network, options.update, training.tensors()))
