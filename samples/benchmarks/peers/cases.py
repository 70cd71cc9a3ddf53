"""What is measured, and what comes of it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Case:
    """What is trained, and how."""

    update: str
    batch: int
    threads: int
    rate: float
    folder: Path  # where network.npz, network.onnx and batch-N.npz lie

    def words(self):
        network = str(self.folder / "network.npz")
        options = {"batch": self.batch, "update": self.update, "threads": self.threads, "rate": self.rate}
        return [network] + [word for name, value in options.items() for word in (f"--{name}", str(value))]


@dataclass
class Result:
    """Of one participant in one case: seconds per step, bytes beyond import, losses of the first steps."""

    version: str
    cpu: float
    wall: float
    memory: int
    losses: list[float]
    wrong: str
