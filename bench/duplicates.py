"""Near duplicates among 200,000 pairs of hashes on one core, and comparing each with each beside it.

One in ten has a near one; the rest is as chance has it. Two rows are harder: a second hash that says little,
as of line art on white, and frames of scenes, each a few bits from the middle of its scene. Comparing each
with each is done for a part and told for the whole.
"""

import os
import time

import numpy as np

from bench.fresh_process import measure
from services.dataset.domain.hash_search import Hashes, WordArray, alike

PICTURES = 200_000

_SAMPLE = 1_000
_FRAMES = 500
_DISTANCES = (0, 4, 6, 8)


def main() -> None:
    print(f"{PICTURES:,} pictures, one in ten with a near one\n")
    print("| | distance | seconds | peak RSS, MiB | groups |")
    print("|---|---|---|---|---|")
    for distance in _DISTANCES:
        show("by bands", distance, bits=64)
    show("by bands, second hash of 16 bits", 4, bits=16)
    show("by bands, 400 scenes of 500 frames", 4, bits=0)
    print(f"| each with each | 4 | {measure(each_with_each).result:.0f} | | |")


def show(name: str, distance: int, *, bits: int) -> None:
    found = measure(run, distance, bits)
    seconds, groups = found.result
    print(f"| {name} | {distance} | {seconds:.2f} | {found.peak_mib:.0f} | {groups:,} |")


def run(distance: int, bits: int) -> tuple[float, int]:
    """The seconds of a search, and how many groups there are."""
    on_one_core()
    hashes = pictures(bits)
    start = time.perf_counter()
    labels = alike(hashes, distance)
    return time.perf_counter() - start, len(np.unique(labels))


def each_with_each() -> float:
    """The seconds that comparing all pairs would take."""
    on_one_core()
    hashes = pictures(64)
    start = time.perf_counter()
    for row in range(_SAMPLE):
        near = np.bitwise_count(hashes.phash ^ hashes.phash[row]) <= 4
        near &= np.bitwise_count(hashes.dhash ^ hashes.dhash[row]) <= 4
        near.any()
    return (time.perf_counter() - start) * PICTURES / _SAMPLE / 2


def pictures(bits: int) -> Hashes:
    """With a second hash of so many bits; 0: frames of scenes."""
    random = np.random.default_rng(0)
    if not bits:
        scenes = random.integers(0, 2**64, (2, PICTURES // _FRAMES), dtype=np.uint64)
        phash, dhash = (np.repeat(words, _FRAMES) ^ few_bits(random, PICTURES) for words in scenes)
        return Hashes(phash=phash, dhash=dhash)
    phash = random.integers(0, 2**64, PICTURES, dtype=np.uint64)
    dhash = random.integers(0, 2**bits, PICTURES, dtype=np.uint64, endpoint=False)
    pairs = PICTURES // 10
    for words in (phash, dhash):
        words[:pairs] = words[pairs : 2 * pairs] ^ few_bits(random, pairs)
    return Hashes(phash=phash, dhash=dhash)


def few_bits(random: np.random.Generator, size: int) -> WordArray:
    flips = [np.uint64(1) << random.integers(0, 64, size, dtype=np.uint64) for _ in range(3)]
    together: WordArray = flips[0] ^ flips[1] ^ flips[2]
    return together


def on_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


if __name__ == "__main__":
    main()
