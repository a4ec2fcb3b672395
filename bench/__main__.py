"""`./run bench [NAME ...]`: run benchmarks and keep what they print in bench/results/, by machine and month.

A benchmark is a module here with a `main()` that prints; it compares with a bare loop in the same run.
"""

import contextlib
import importlib
import io
import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ALL = (
    *("keys", "manifest", "store", "engine", "latency", "scale", "idle", "captioning", "latents", "replan"),
    *("training", "startup", "buckets", "duplicates", "ingest", "reingest", "schedule", "snapshots"),
    "tables",
)


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all."""
    for name in names or ALL:
        if name not in ALL:
            sys.exit(f"no benchmark {name!r}; there are {', '.join(ALL)}")
        print(f"== {name}", flush=True)
        printed = io.StringIO()
        with contextlib.redirect_stdout(Both(printed)):
            importlib.import_module(f"bench.{name}").main()
        target = FOLDER / "results" / f"{name}_{machine()}_{datetime.now(UTC):%Y-%m}.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(f"{header(name)}\n{printed.getvalue().strip()}\n")
        print(f"-> {target.relative_to(FOLDER.parent)}")


class Both(io.TextIOBase):
    """Writes to the terminal and to what is kept."""

    def __init__(self, kept: io.StringIO) -> None:
        self._kept = kept
        self._terminal = sys.stdout

    def write(self, text: str) -> int:
        self._kept.write(text)
        self._terminal.write(text)
        self._terminal.flush()
        return len(text)


def machine() -> str:
    """What the machine is called in file names: its cores and its processor."""
    return f"{os.cpu_count()}x-{re.sub(r'[^a-z0-9]+', '-', processor().lower()).strip('-')}"


def processor() -> str:
    """The processor's name, as the system gives it."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    name = found.group(1) if found else platform.processor() or platform.machine()
    return re.sub(r"\(R\)|\(TM\)|CPU|Processor|@.*", "", name).strip()


def header(name: str) -> str:
    """What a reader must know of a result."""
    module = importlib.import_module(f"bench.{name}")
    return (
        f"# {name}\n\n{(module.__doc__ or '').strip()}\n\n"
        f"`./run bench {name}` on {os.cpu_count()} x {processor()}, {platform.system()}, "
        f"Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}.\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
