"""The generator: the same protos give the same stubs, and stale ones are told apart."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.stubs import REMEDY, ROOT, find_buf, lint, stale_files, write

PROTO = """
syntax = "proto3";
package bakehouse.v1;
// A cake.
message Cake {
  // How many eggs are in it.
  int32 num_eggs = 1;
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with one proto and fresh stubs."""
    for folder in ("proto/bakehouse/v1", "bakehouse/v1"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "proto/bakehouse/v1/cake.proto").write_text(PROTO)
    write(tmp_path)
    return tmp_path


def test_the_committed_stubs_are_fresh() -> None:
    assert stale_files(ROOT) == []


@pytest.mark.skipif(find_buf(ROOT) is None, reason="no buf: npm install @bufbuild/buf")
def test_the_contract_is_clean() -> None:
    assert lint(ROOT)


def test_messages_and_their_types_are_written(root: Path) -> None:
    names = {path.name for path in (root / "bakehouse/v1").iterdir()}
    assert names == {"cake_pb2.py", "cake_pb2.pyi", "cake_pb2_grpc.py", "cake_pb2_grpc.pyi"}


def test_fresh_stubs_are_not_stale(root: Path) -> None:
    assert stale_files(root) == []


def test_a_changed_proto_makes_its_stubs_stale(root: Path) -> None:
    proto = root / "proto/bakehouse/v1/cake.proto"
    proto.write_text(PROTO.replace("num_eggs", "num_apples"))
    assert stale_files(root) == ["cake_pb2.py", "cake_pb2.pyi"]


def test_a_missing_stub_is_stale(root: Path) -> None:
    (root / "bakehouse/v1/cake_pb2.pyi").unlink()
    assert stale_files(root) == ["cake_pb2.pyi"]


def test_stubs_whose_proto_is_gone_are_removed(root: Path) -> None:
    proto = root / "proto/bakehouse/v1/cake.proto"
    proto.rename(proto.with_name("bread.proto"))
    assert "cake_pb2.py" in stale_files(root)
    write(root)
    assert not list((root / "bakehouse/v1").glob("cake*"))


def test_the_check_names_what_is_stale_and_the_remedy(root: Path) -> None:
    shutil.copy(ROOT / "buf.yaml", root)
    (root / "tools").mkdir()
    program = Path(shutil.copy(ROOT / "tools/stubs.py", root / "tools/stubs.py"))
    (root / "bakehouse/v1/cake_pb2.pyi").unlink()
    done = subprocess.run([sys.executable, program, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cake_pb2.pyi" in done.stderr
    assert REMEDY in done.stderr
