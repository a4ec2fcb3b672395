"""What commands print: data on stdout, for people in columns or for programs in JSON; all else on stderr."""

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

_UNITS = (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1))


def put(line: str) -> None:
    """A line of data."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def remark(text: str) -> None:
    """Something for people that is no data."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def put_json(value: object, *, indent: int | None = None) -> None:
    """A value, of dataclasses or plain, as JSON: on one line, or indented."""
    put(json.dumps(value, default=_plain, indent=indent, ensure_ascii=False))


def put_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows in columns as wide as they need to be: nothing is cut, so that it can be searched."""
    widths = [max(len(row[i]) for row in (headers, *rows)) for i in range(len(headers))]
    for row in (headers, *rows):
        put("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def duration_text(seconds: float) -> str:
    """`4 s`, `3 min 20 s`, `1 h 3 min` or `2 d 1 h`."""
    whole = round(seconds)
    for unit, size, part, smaller in _UNITS:
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // smaller} {part}"
    return f"{whole} s"


def time_text(time: datetime) -> str:
    """A time as the clock on the wall here shows it."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON")
