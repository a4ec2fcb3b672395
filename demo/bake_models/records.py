"""What a baking leaves beside its weights, in one JSON file: losses over the steps, seconds, the machine."""

import json
import platform
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch

FILE_NAME = "losses.json"


@dataclass(slots=True)
class LossRecord:
    """Gathers one model's losses; every `every` steps their means are kept and told on stdout."""

    model: str
    every: int = 100
    rows: list[dict[str, float]] = field(default_factory=list)
    _sums: dict[str, float] = field(default_factory=dict)
    _started: float = field(default_factory=time.monotonic)
    _cpu_started: float = field(default_factory=time.process_time)

    def add(self, step: int, losses: dict[str, float]) -> None:
        """Takes the losses of a step; steps count from 0."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        if (step + 1) % self.every == 0:
            means = {name: float(f"{total / self.every:.5g}") for name, total in self._sums.items()}
            self.rows.append({"step": step + 1, **means})
            self._sums.clear()
            sys.stdout.write(f"{self.model} {step + 1} {self.seconds:.0f}s {means}\n")
            sys.stdout.flush()

    @property
    def seconds(self) -> float:
        """Seconds since the record was begun."""
        return time.monotonic() - self._started

    def write(self, folder: Path, *, num_parameters: int) -> None:
        """Puts the record into the folder's file, in the place of an earlier one of the same model."""
        path = folder / FILE_NAME
        records = json.loads(path.read_text()) if path.exists() else {}
        records[self.model] = {
            "seconds": round(self.seconds, 1),
            # What it costs on a machine that has nothing else to do, whatever this one had.
            "cpu_seconds": round(time.process_time() - self._cpu_started, 1),
            "num_parameters": num_parameters,
            "num_threads": torch.get_num_threads(),
            "machine": f"{platform.system()} {platform.machine()}, torch {torch.__version__}",
            "losses": self.rows,
        }
        path.write_text(json.dumps(records, indent=1) + "\n")
