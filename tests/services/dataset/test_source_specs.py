from typing import Any

import pytest

from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError
from services.dataset.source_specs import BucketSpec, FolderSpec, ZipSpec, parse_ingest

ARCHIVE = digest_bytes(b"zip")


def parsed(**source: Any) -> object:
    return parse_ingest({"sources": {"cats": source}}).sources["cats"]


def test_a_source_is_known_by_its_type() -> None:
    assert parsed(type="folder", path="/data") == FolderSpec(path="/data")
    assert parsed(type="zip", archive=ARCHIVE, kohya_folders=True) == ZipSpec(
        archive=ARCHIVE, kohya_folders=True
    )
    assert parsed(type="aws", bucket="my-bucket", prefix="a/b", region=None) == BucketSpec(
        bucket="my-bucket", prefix="a/b"
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({}, "dataset cats: source type None: unknown"),
        ({"type": "folders", "path": "/"}, "did you mean folder?"),
        ({"type": "folder"}, "dataset cats.path: missing"),
        ({"type": "folder", "path": "/", "caption_extension": "txt"}, "give one as .txt or .caption"),
        ({"type": "zip", "archive": "12"}, "archive"),
        ({"type": "aws", "bucket": "s3://b"}, "give it without s3://"),
        ({"type": "aws", "bucket": "bbb", "endpoint_url": "ftp://x"}, "give http"),
        ({"type": "aws", "bucket": "bbb", "endpoint_url": "http://u:p@host"}, "give http"),
        (
            {"type": "aws", "bucket": "bbb", "access_key_id": "wpz", "secret_access_key": "xyz"},
            "a key in clear",
        ),
        ({"type": "aws", "bucket": "bbb", "access_key_id": "secret://a"}, "give both or none"),
        ({"type": "csv"}, "table: missing"),
        ({"type": "csv", "table": "12"}, "table"),
        ({"type": "csv", "table": ARCHIVE, "format": "xlsx"}, "format"),
        ({"type": "csv", "table": ARCHIVE, "resize": 8}, "resize"),
        ({"type": "huggingface"}, "give one of dataset_name, folder and files"),
        ({"type": "huggingface", "dataset_name": "../x"}, "no name of the hub"),
        ({"type": "huggingface", "folder": "/x", "revision": "main"}, "it goes with a dataset of the hub"),
        ({"type": "huggingface", "folder": "/x", "split": "a b"}, "split 'a b'"),
    ],
)
def test_what_is_wrong_is_told_and_no_key_shown(source: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        parsed(**source)
    assert "xyz" not in caught.value.message


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidInputError, match=r"dataset a: .*; dataset b: "):
        parse_ingest({"sources": {"b": {"type": "x"}, "a": {"type": "y"}}})
    with pytest.raises(InvalidInputError, match="no source"):
        parse_ingest({"sources": {}})
