"""Decodes files in a process of its own, which a decoder may end: `python -m tests.faults.decoding < FILES`.

Files come as their lengths and bytes; what became of each is told as a line, as soon as it did.
"""

import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import IO

from services.dataset.adapters.pillow import PillowDecoder
from services.dataset.domain.decoding import PLAIN, Decoding
from services.dataset.ports import BrokenPictureError
from tests.source_tree import ROOT

CHOICES = [PLAIN, Decoding(frames=None, with_mask=True), Decoding(frames=2, fuzz=8.0, background="#336699")]
PICTURE = "picture"
LIMIT_S = 30.0  # for a file of a few kilobytes: it is about hanging, not about speed

_LENGTH = struct.Struct(">Q")


def outcome(data: bytes, decoding: Decoding) -> str:
    """`picture`, or the word for what is wrong."""
    decoder = PillowDecoder(max_pixels=1_000_000, max_file_pixels=4_000_000)
    try:
        found = [*decoder.decode(data, decoding)]
    except BrokenPictureError as error:
        return error.reason if error.detail else "no detail"
    is_whole = found and all(one.width > 0 and one.height > 0 and one.thumbnail for one in found)
    return PICTURE if is_whole else "nothing"


def outcomes_apart(files: Sequence[bytes], *, timeout_s: float) -> list[str]:
    """What became of each; of the one that ended the process, nothing."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults.decoding"],
        input=b"".join(_LENGTH.pack(len(data)) + data for data in files),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libtiff complains there
        timeout=timeout_s,
        cwd=ROOT,
        check=False,
    )
    return told.stdout.decode().split()


def _files(stream: IO[bytes]) -> Iterator[bytes]:
    while head := stream.read(_LENGTH.size):
        yield stream.read(_LENGTH.unpack(head)[0])


def main() -> None:
    """Decode what comes, each with another of the choices."""
    for number, data in enumerate(_files(sys.stdin.buffer)):
        started = time.monotonic()
        found = outcome(data, CHOICES[number % len(CHOICES)])
        is_late = time.monotonic() - started > LIMIT_S
        sys.stdout.write("late\n" if is_late else f"{found}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
