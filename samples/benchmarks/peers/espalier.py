"""Espalier among its peers, trained by its command."""

import json
import subprocess
import sys

from cases import Result
from environments import HERE, Missing


class Espalier:
    def __init__(self, command, mode):
        self.command, self.mode = command, mode
        self.name = f"Espalier `{mode}`"

    def start(self, case, environments):
        return Trainings(self.command, self.mode, case)


class Trainings:
    """A step is the difference of two trainings that differ in their number of steps alone."""

    FEW = 3

    def __init__(self, command, mode, case):
        self.command, self.mode, self.case = command, mode, case
        name = f"{mode}-{case.update}-{case.batch}"
        self.plan, self.check = case.folder / f"{name}.plan", case.folder / f"{name}-check.plan"
        self.batch, self.noise = case.folder / f"batch-{case.batch}.npz", case.folder / "noise.npz"
        self.compile(self.plan, case.rate)
        self.steps, self.taken = 0, {}

    def compile(self, plan, rate):
        words = ["compile", self.case.folder / "network.onnx", "-o", plan, "--mode", self.mode, "--cap", "none"]
        words += ["--policy", self.case.update, "--batch", self.case.batch, "--lr", rate]
        # One of another network, left by an earlier run, would not be replaced.
        plan.with_suffix(".int8.onnx").unlink(missing_ok=True)
        self.call(*words, *([] if self.mode == "f32" else ["--calibration-data", self.noise]))

    def call(self, *words):
        result = subprocess.run([self.command, *map(str, words), "-q"], capture_output=True, text=True)
        if result.returncode != 0:
            raise Missing(result.stderr.strip().splitlines()[0])
        return result.stdout

    def measured(self, *words):
        """CPU seconds, seconds and peak bytes of a command."""
        small = [sys.executable, "-I", "-S", HERE / "measured.py"]
        result = subprocess.run([*small, self.command, *map(str, words)], capture_output=True, text=True)
        if result.returncode != 0:
            raise Missing(f"espalier {words[0]} ended with {result.returncode}")
        taken = json.loads(result.stdout)
        return taken["cpu"], taken["wall"], taken["peak"]

    def training(self, plan, steps, data):
        words = ["train", plan, "--data", data, "--steps", steps]
        return [*words, "--threads", self.case.threads, "--checkpoint", plan.with_suffix(".ckpt"), "--overwrite"]

    def train(self, steps):
        # One batch soon has no gradients left, and then a step on integers is faster.
        cpu, wall, _ = self.measured(*self.training(self.plan, steps, self.noise), "-q")
        least_cpu, least_wall = self.taken.get(steps, (cpu, wall))
        self.taken[steps] = min(cpu, least_cpu), min(wall, least_wall)

    def per_step(self):
        few, many = self.taken[self.FEW], self.taken[self.FEW + self.steps]
        return [(many - few) / self.steps for few, many in zip(few, many, strict=True)]

    def turn(self):
        self.train(self.FEW)
        self.train(self.FEW + self.steps)

    def prepare(self, seconds):
        """Takes so many steps a turn that they take longer than the start, which is in both trainings."""
        self.train(self.FEW)
        self.steps = 5
        self.train(self.FEW + self.steps)
        while self.taken[self.FEW + self.steps][0] - self.taken[self.FEW][0] < seconds and self.steps < 5000:
            self.steps *= 2
            self.train(self.FEW + self.steps)

    def wrong_tensors(self):
        """One step at a rate that moves every weight, as steps on integers begin below their last bit."""
        start, end = (self.check.with_suffix(suffix) for suffix in (".start.onnx", ".end.onnx"))
        self.compile(self.check, 10)
        self.call(*self.training(self.check, 1, self.batch))
        self.call("export", self.check, "-o", start)
        self.call("export", self.check, "--checkpoint", self.check.with_suffix(".ckpt"), "-o", end)
        words = [sys.executable, HERE / "compare_models.py", start, end, self.case.update]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    def finish(self):
        cpu, wall = self.per_step()
        few_steps = self.training(self.plan, self.FEW, self.batch)
        losses = json.loads(self.call(*few_steps, "--json"))["losses"]
        memory = self.measured(*few_steps, "-q")[2] - self.measured("--version")[2]
        return Result(self.call("--version").strip(), cpu, wall, memory, losses, self.wrong_tensors())
