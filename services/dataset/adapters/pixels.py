"""Digests of pictures' pixels, by Pillow in a process of its own: `serve` decodes nothing itself.

Run as a program, it reads paths from standard input, a line each, and writes a digest, or an empty line.
"""

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.logs import get_logger

_SECONDS_EACH = 20.0  # as each was decoded before, within a worker's limits
_START_SECONDS = 60.0
_MOST_ENDED = 3  # processes, of some files: then something else is wrong

_log = get_logger()


class PillowPixels:
    """Starts the process for some files at a time; again behind a file that ended it."""

    def digests(self, paths: Sequence[Path]) -> list[Digest | None]:
        """See `services.dataset.ports.Pixels`."""
        found: list[Digest | None] = []
        num_ended = 0
        while len(found) < len(paths) and num_ended < _MOST_ENDED:
            rest = paths[len(found) :]
            own = _run(rest)
            found += own
            if len(own) < len(rest):
                found.append(None)
                num_ended += 1
                _log.warning("pixels_not_read", path=str(rest[len(own)]))
        return [*found, *[None] * (len(paths) - len(found))]


def digest_of(path: Path) -> Digest:
    """The SHA-256 of a picture's size and its pixels as RGB.

    Raises:
        OSError, ValueError, SyntaxError: Pillow can't decode it.
    """
    # Pillow: in the process alone
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # what is asked for was measured before
    with Image.open(path) as image:
        pixels = image.convert("RGB")
    running = hashlib.sha256(b"%d %d " % pixels.size)
    running.update(pixels.tobytes())
    return Digest(running.hexdigest())


def _run(paths: Sequence[Path]) -> list[Digest | None]:
    """What one process gives before it ends."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input="".join(f"{path}\n" for path in paths),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=_START_SECONDS + _SECONDS_EACH * len(paths),
        )
    except subprocess.TimeoutExpired as error:
        return [_digest(line) for line in (error.stdout or b"").decode().splitlines()]
    return [_digest(line) for line in done.stdout.splitlines()]


def _digest(line: str) -> Digest | None:
    try:
        return parse_digest(line)
    except InvalidInputError:
        return None


def _main() -> None:
    for line in sys.stdin:
        try:
            found: str = digest_of(Path(line.removesuffix("\n")))
        except (OSError, ValueError, SyntaxError, MemoryError):
            found = ""
        sys.stdout.write(f"{found}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
