"""One training of one task in one number format, by the command line; finished runs are kept as JSON."""

import json
import subprocess
import sys
from typing import NamedTuple


class Task(NamedTuple):
    """How a task is trained, in every format alike; without a number of classes the old classifier stays."""

    policy: str
    rate: float
    adam_rate: float
    steps: int
    classes: int | None


BATCH = 8
TASKS = {
    "mobilenetv2": Task("last-12", 0.01, 0.0003, 375, 10),
    "digits": Task("last-12", 0.03, 0.001, 1000, 10),
    "shift": Task("last-12", 0.03, 0.001, 1000, None),
    "sensor": Task("full", 0.01, 0.001, 300, None),
}
# Rows of the tables, with their options of `compile`; all but the first train the quantized network.
FLOAT = "float network"
MODES = {
    FLOAT: {"mode": "f32"},
    "f32": {"mode": "f32"},
    "i8f": {"mode": "i8f"},
    "i16g": {"mode": "i16g"},
    "i8": {"mode": "i8"},
    "i8t": {"mode": "i8t"},
    "i8 Adam": {"mode": "i8", "optimizer": "adam"},
    "i8 plain gradients": {"mode": "i8", "gradient_scaling": "plain"},
    "i8t nearest": {"mode": "i8t", "rounding": "nearest"},
    "i8t truncating": {"mode": "i8t", "rounding": "truncate"},
}


class Runner:
    """`out` holds a folder for each task, with model.onnx and train, test and calibration samples."""

    def __init__(self, espalier, out):
        self.espalier, self.out = espalier, out
        (out / "runs").mkdir(exist_ok=True)

    def run(self, name, row, factor, seed, batch=BATCH):
        """The result of one training at `factor` times the task's learning rate; any batch sees as many samples."""
        size = "" if batch == BATCH else f"-batch{batch}"
        record = self.out / "runs" / f"{name}-{row}-{factor:g}-{seed}{size}.json".replace(" ", "-")
        if not record.exists():
            print(record.stem, file=sys.stderr, flush=True)
            part = record.with_suffix(".part")
            part.write_text(json.dumps(self.train(name, row, factor, seed, batch)))
            part.rename(record)
        return json.loads(record.read_text())

    def train(self, name, row, factor, seed, batch):
        task = TASKS[name]
        train, test = self.data(name, "train"), self.data(name, "test")
        plan, checkpoint = self.out / "runs" / "present.plan", self.out / "runs" / "present.ckpt"
        checkpoint.unlink(missing_ok=True)

        options = {"optimizer": "sgd", "policy": task.policy} | MODES[row]
        options["lr"] = factor * (task.adam_rate if options["optimizer"] == "adam" else task.rate)
        options |= {"batch": batch, "schedule": "cosine", "steps": task.steps * BATCH // batch}
        options |= {"classes": task.classes} if task.classes else {}
        report = self.call("compile", self.model(name, row), plan, seed=seed, cap="none", **options)
        before = self.call("eval", plan, data=test)
        learnt = self.call("train", plan, data=train, seed=seed, checkpoint=checkpoint)
        after = self.call("eval", plan, data=test, checkpoint=checkpoint)
        return {
            "before": before["accuracy"],
            "accuracy": after["accuracy"],
            "seconds_per_step": learnt["seconds_per_step"],
            "arena_bytes": report["arena_bytes"],
            "bytes_by_class": report["bytes_by_class"],
            "trained_parameters": report["trained_parameters"],
        }

    def call(self, verb, path, output=None, **options):
        """The JSON that a verb answers with; its messages go where ours go."""
        flags = ["-o", output] if output else []
        flags += [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
        # A run begins anew where one before has left its checkpoint.
        flags += ["--overwrite"] if verb == "train" else []
        command = [self.espalier, verb, path, *flags, "--json", "--quiet"]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)

    def data(self, name, part):
        (path,) = (self.out / name).glob(f"{part}.*")
        return path

    def model(self, name, row):
        """The network, quantized once for all rows but the first."""
        model, quantized = (self.out / name / file for file in ("model.onnx", "model.int8.onnx"))
        if row == FLOAT:
            return model
        if not quantized.exists():
            self.call("quantize", model, quantized, data=self.data(name, "calibration"))
        return quantized
