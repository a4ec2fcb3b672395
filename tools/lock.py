"""Resolve all extras at once and write constraints.txt: the one lock, always used with `-c`."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = "dataset,dataset-hf,captioner,captioner-vlm,encoder,trainer,gateway,client,studio,gpu,dev"
PINNED_FIRST = "torch==2.13.0"  # see `run`: by name, or the resolver takes a build with CUDA
HEADER = """\
# The one lock for all extras: pip install -c constraints.txt ... (written by ./run lock)
# torch first and by name (./run setup does): elsewhere a plain `torch` brings gigabytes of CUDA.
"""


def main() -> None:
    """Write the pins of a dry run over every extra."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--dry-run",
        "--ignore-installed",
        "--report",
        "-",
    ]
    report = subprocess.run(
        [*command, PINNED_FIRST, f"{ROOT}[{EXTRAS}]"], check=True, stdout=subprocess.PIPE, text=True
    )
    pins = {}
    for entry in json.loads(report.stdout)["install"]:
        name = re.sub(r"[-_.]+", "-", entry["metadata"]["name"]).lower()
        pins[name] = entry["metadata"]["version"].split("+")[
            0
        ]  # +cpu is this machine's build, not the lock's
    del pins["bakehouse"]
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items())]
    (ROOT / "constraints.txt").write_text(HEADER + "".join(lines))


if __name__ == "__main__":
    main()
