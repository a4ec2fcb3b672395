"""A tagger's folder: two files that must be in it."""

import json

import pytest

from bakehouse.errors import InvalidInputError
from services.captioner.domain.tagger_files import TaggerFiles, parse_tagger_listing

A, B = "a" * 64, "b" * 64


def listing(**digests: str) -> bytes:
    return b"".join(
        json.dumps({"digest": digest, "name": name.replace("__", "."), "size_bytes": 1}).encode() + b"\n"
        for name, digest in digests.items()
    )


def test_the_two_files_are_found_among_others() -> None:
    data = listing(README__md="c" * 64, model__onnx=A, selected_tags__csv=B)
    assert parse_tagger_listing(data) == TaggerFiles(model=A, tag_list=B)  # type: ignore[arg-type]  # digests


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (listing(model__onnx=A), "no selected_tags.csv, but model.onnx; give a folder with model.onnx and"),
        (listing(selected_tags__csv=A), "no model.onnx, but selected_tags.csv"),
        (b"", "no model.onnx and no selected_tags.csv, but nothing"),
        (listing(**{f"a{n}": A for n in range(9)}), r"but a0, a1, a2, a3, a4, a5 \.\.\.; give"),
        (b"\x89PNG\r\n", "is no listing of a folder"),
        (b'{"name": "model.onnx"}\n', "is no listing of a folder"),
        (b"[1]\n", "is no listing of a folder"),
    ],
)
def test_a_folder_that_is_no_tagger_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_tagger_listing(data)


def test_a_digest_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="is no SHA-256"):
        parse_tagger_listing(listing(model__onnx="x", selected_tags__csv=B))
