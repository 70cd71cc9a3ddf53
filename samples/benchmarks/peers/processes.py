"""Peers, each in a process of its own."""

import hashlib
import json
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from cases import Case, Result
from environments import HERE, Missing, python

LIMIT = 1800  # seconds that a peer may take for one answer, compiling included


@dataclass
class Peer:
    """A script of this folder; some need a file made beforehand, in the same environment or in another."""

    name: str
    environment: str
    script: str
    words: tuple = ()
    maker: str = ""
    maker_environment: str = ""

    def start(self, case: Case, environments):
        interpreter = python(environments, self.environment)
        folder = case.folder / f"{self.script}-{case.update}-{case.batch}"
        folder.mkdir(exist_ok=True)
        settings = os.environ | {
            "OMP_NUM_THREADS": str(case.threads),
            # Threads that have nothing to do must not spin on a core that others use.
            "OMP_WAIT_POLICY": "passive",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TORCHINDUCTOR_CACHE_DIR": str(environments / "inductor"),
        }
        if self.maker:
            maker = python(environments, self.maker_environment or self.environment)
            made(maker, HERE / self.maker, case, folder, settings)
        words = [interpreter, HERE / self.script, *case.words(), "--folder", folder, *self.words]
        return Process(words, settings, folder / f"{len(self.words)}.log")


def made(interpreter, script, case, folder, settings):
    """Runs the maker, unless it has run on the same network."""
    stamp, log = folder / "made", folder / "made.log"
    key = hashlib.sha256((case.folder / "network.npz").read_bytes() + script.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == key:
        return
    shutil.rmtree(folder)
    folder.mkdir()
    words = [interpreter, script, *case.words(), "--folder", folder]
    with log.open("w") as file:
        if subprocess.run(words, env=settings, stdout=file, stderr=file).returncode != 0:
            raise Missing(last_line(log))
    stamp.write_text(key)


def last_line(log):
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it ended without a word"


class Process:
    """A peer at work, see peer.py."""

    def __init__(self, words, settings, log):
        self.log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                words, env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True
            )
        self.first = self.answer()
        self.cpu, self.wall = [], []
        self.steps = 1

    def answer(self):
        timer = threading.Timer(LIMIT, self.process.kill)
        timer.start()
        # Some frameworks print lines of their own.
        for line in self.process.stdout:
            if line.startswith("{"):
                timer.cancel()
                return json.loads(line)
        self.process.wait()
        in_time = timer.is_alive()
        timer.cancel()
        raise Missing(last_line(self.log) if in_time else f"gives no answer in {LIMIT} seconds")

    def run(self, steps):
        try:
            self.process.stdin.write(f"{steps}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # what it said last tells more
        return self.answer()

    def prepare(self, seconds):
        """Takes as many steps a turn as fill so many seconds."""
        self.run(1)
        self.steps = max(1, round(seconds / max(self.run(1)["cpu"], 1e-5)))

    def turn(self):
        taken = self.run(self.steps)
        self.cpu.append(taken["cpu"] / self.steps)
        self.wall.append(taken["wall"] / self.steps)

    def finish(self):
        self.process.stdin.close()
        last = self.answer()
        self.process.wait()
        return Result(
            self.first["version"], min(self.cpu), min(self.wall), last["memory"], self.first["losses"], last["wrong"]
        )
