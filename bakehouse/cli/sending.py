"""How far reading and sending a recipe's files is: on one line of a terminal, or a line a source."""

import sys
from types import TracebackType
from typing import Self

from bakehouse.cli.output import remark
from bakehouse.client.shipping import Shipped

_MIB = 1 << 20


class SendingLine:
    """Shows what it is called with, for the length of a `with`."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._put("")

    def show(self, shipped: Shipped) -> None:
        """Show how far it is. Where lines can't be drawn over, only what was sent is told, once it was."""
        if self._is_terminal:
            self._put(sending_text(shipped))
        elif shipped.phase == "sending" and shipped.done_files == shipped.num_files:
            remark(sending_text(shipped))

    def _put(self, text: str) -> None:
        if self._is_terminal:
            sys.stderr.write(f"\r{text.ljust(self._width)}\r{text}")
            sys.stderr.flush()
            self._width = len(text)


def sending_text(shipped: Shipped) -> str:
    """How far it is, in a few words."""
    count = f"{shipped.done_files}/{shipped.num_files} files"
    if shipped.phase == "reading":
        return f"{shipped.what}: read {count}"
    done, size = shipped.done_bytes / _MIB, shipped.num_bytes / _MIB
    return f"{shipped.what}: sent {count}, {done:.1f} of {size:.1f} MiB"
