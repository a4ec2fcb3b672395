"""Epochs of ten million samples on one core, and a bare shuffle of as many numbers in NumPy beside them.

The bare loop is one permutation by NumPy's own generator and one gather; ours hashes 8 bytes for each sample
(SHAKE-256), so that an epoch is the same with every NumPy, sorts by them, and keeps to buckets. A plan is
made once a run: samples counted and grouped by entry and bucket. In brackets: the processor's time alone.
"""

from array import array
from fractions import Fraction
from typing import Any

import numpy as np

from bakehouse.schedule.epochs import Schedule
from bakehouse.schedule.terms import EntryTerms, SchedulePlan, Terms, Window
from bench.fresh_process import measure
from bench.timing import Timed, on_one_core, timed

SAMPLES = 10_000_000
BUCKETS = 40

_REPEATS = 3
KINDS: dict[str, tuple[int, list[dict[str, Any]]]] = {
    "one entry, steps of 8": (8, [{}]),
    "one entry, steps of 1": (1, [{}]),
    "half a pass more": (8, [{"passes": Fraction(3, 2)}]),
    "four entries, two weights": (8, [{}, {}, {"probability": Fraction(2)}, {"probability": Fraction(2)}]),
    "windows and signs of sliders": (
        8,
        [{"slider": 1}, {"slider": -1, "window": Window(start_step=1000)}, {"window": Window(end_step=9000)}],
    ),
}


def main() -> None:
    print(f"{SAMPLES:,} samples in {BUCKETS} buckets; best of {_REPEATS}\n")
    print(
        "| plan | an epoch, s (CPU) | to the bare shuffle | the plan, s | a step found, µs | peak RSS, MiB |"
    )
    print("|---|---|---|---|---|---|")
    for name in KINDS:
        found = measure(run, name)
        epoch, bare, plan, place = found.result
        ratio = epoch.cpu_s / bare.cpu_s
        print(
            f"| {name} | {epoch} | {ratio:.1f} | {plan.wall_s:.1f} | {place.wall_s * 1e6:.0f} | "
            f"{found.peak_mib:.0f} |"
        )
    print(f"| the bare shuffle | {bare} | 1 | | | |")


def run(name: str) -> tuple[Timed, Timed, Timed, Timed]:
    """An epoch, the bare shuffle, the plan, and a step of the hundredth epoch found."""
    on_one_core()
    batch_size, options = KINDS[name]
    random = np.random.default_rng(0)
    entries = array("I", random.integers(0, len(options), SAMPLES).astype(np.uint32).tobytes())
    buckets = array("I", random.integers(0, BUCKETS, SAMPLES).astype(np.uint32).tobytes())
    terms = Terms(
        entries=[
            EntryTerms(name=f"{number}", batch_size=batch_size, **given)
            for number, given in enumerate(options)
        ]
    )
    plan = SchedulePlan(terms=terms, buckets=[buckets], entries=entries)
    made = timed(lambda: Schedule(plan, seed=1), repeats=_REPEATS)
    schedule = Schedule(plan, seed=1)
    number = iter(range(1, 1 + _REPEATS))
    epoch = timed(lambda: schedule.epoch(next(number)), repeats=_REPEATS)
    step = schedule.calendar.steps_of_epochs(100)
    place = timed(lambda: schedule.place(step), repeats=_REPEATS)
    bare = timed(lambda: np.arange(SAMPLES, dtype=np.uint32)[random.permutation(SAMPLES)], repeats=_REPEATS)
    return epoch, bare, made, place


if __name__ == "__main__":
    main()
