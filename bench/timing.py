"""Times a function on one core: the best of some runs, by the clock and of the processor."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Seconds by the clock and of the processor, of the best of some runs."""

    wall_s: float
    cpu_s: float

    def __str__(self) -> str:
        return f"{self.wall_s:.2f} ({self.cpu_s:.2f})"


def on_one_core() -> None:
    """Keep this process to one core from now on, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def timed(function: Callable[[], object], *, repeats: int) -> Timed:
    """The quickest of `repeats` calls."""
    best = Timed(wall_s=float("inf"), cpu_s=float("inf"))
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        function()
        found = Timed(wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)
        best = min(best, found, key=lambda one: one.wall_s)
    return best
