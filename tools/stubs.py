"""Generate bakehouse/v1 from proto/: messages, services and their types. `--check` says whether it is fresh.

Where there is a `buf` (on PATH, or in node_modules after `npm install @bufbuild/buf`), proto/ is linted too.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REMEDY = "./run stubs"

_PACKAGE = Path("bakehouse/v1")
_GENERATED = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*_pb2_grpc.pyi")


def main() -> None:
    """Generate, or with `--check` compare; either way lint. Exits with 1 where something is to be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where the stubs are stale")
    check = parser.parse_args().check
    if not lint(ROOT):
        sys.exit(1)
    if not check:
        write(ROOT)
        return
    stale = stale_files(ROOT)
    if stale:
        sys.exit(f"{', '.join(stale)}: not what proto/ gives; {REMEDY}")


def generate(root: Path, out: Path) -> None:
    """Write the stubs of `root`/proto below `out`. The same protos and tools give the same bytes."""
    protos = sorted(str(path) for path in (root / "proto" / _PACKAGE).glob("*.proto"))
    scripts = Path(sys.executable).parent  # the plugins of this environment, whatever PATH says
    plugins = [f"--plugin={name}={scripts / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    outputs = [f"--{kind}_out={out}" for kind in ("python", "grpc_python")]
    typed = [f"--{kind}_out=quiet:{out}" for kind in ("mypy", "mypy_grpc")]
    protoc = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={root / 'proto'}"]
    subprocess.run([*protoc, *plugins, *outputs, *typed, *protos], check=True)


def write(root: Path) -> None:
    """Replace the stubs in `root`, and remove those whose proto is gone."""
    with tempfile.TemporaryDirectory() as folder:
        generate(root, Path(folder))
        for old in _generated(root):
            (root / _PACKAGE / old).unlink()
        for new in _generated(Path(folder)):
            shutil.copyfile(Path(folder) / _PACKAGE / new, root / _PACKAGE / new)


def stale_files(root: Path) -> list[str]:
    """The names of stubs in `root` that are missing, different, or too many."""
    with tempfile.TemporaryDirectory() as folder:
        generate(root, Path(folder))
        fresh, found = _generated(Path(folder)), _generated(root)
    return sorted(name for name in fresh.keys() | found.keys() if fresh.get(name) != found.get(name))


def find_buf(root: Path) -> str | None:
    """The path of `buf`, on PATH or in `root`/node_modules; None where there is none."""
    return shutil.which("buf") or shutil.which("buf", path=str(root / "node_modules/.bin"))


def lint(root: Path) -> bool:
    """Whether `buf` finds nothing to say of the contract; True where there is no `buf` to ask."""
    buf = find_buf(root)
    return buf is None or subprocess.run([buf, "lint"], cwd=root, check=False).returncode == 0


def _generated(root: Path) -> dict[str, bytes]:
    folder = root / _PACKAGE
    return {path.name: path.read_bytes() for pattern in _GENERATED for path in folder.glob(pattern)}


if __name__ == "__main__":
    main()
