"""Models on the local disk."""

from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import digest_bytes
from bakehouse.errors import NotFoundError, UnavailableError
from services.captioner.adapters.model_files import ModelFiles


def test_a_model_is_fetched_once(shared: Blobs, tmp_path: Path) -> None:
    files, digest = ModelFiles(tmp_path / "scratch"), shared.put(b"weights")
    path = files.path_of(shared, digest, suffix=".onnx")
    assert path.read_bytes() == b"weights"
    assert path.suffix == ".onnx"
    shared.store.delete([f"shared/blobs/sha256/{digest[:2]}/{digest}"])
    assert files.path_of(shared, digest, suffix=".onnx") == path


def test_a_file_that_is_another_is_fetched_anew(shared: Blobs, tmp_path: Path) -> None:
    files, digest = ModelFiles(tmp_path / "scratch"), shared.put(b"weights")
    files.path_of(shared, digest, suffix=".onnx").write_bytes(b"half of")
    assert files.path_of(shared, digest, suffix=".onnx").read_bytes() == b"weights"


def test_a_model_that_is_not_there_is_told(shared: Blobs, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        ModelFiles(tmp_path).path_of(shared, digest_bytes(b"?"), suffix=".onnx")


def test_a_scratch_that_is_no_folder_is_told(shared: Blobs, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="BAKEHOUSE_SCRATCH"):
        ModelFiles(tmp_path / "file").path_of(shared, shared.put(b"weights"), suffix=".onnx")
