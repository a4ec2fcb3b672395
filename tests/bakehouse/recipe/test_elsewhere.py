"""Sources that the studio reads: buckets, folders of the server, archives that are sent whole."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.elsewhere import source_elsewhere
from bakehouse.recipe.findings import Findings

BUCKET: dict[str, Any] = {"type": "aws", "aws_bucket_name": "something-yummy"}
KEYS: dict[str, Any] = {"aws_access_key_id": "wpz-764e", "aws_secret_access_key": "xyz-sdaj"}


def test_a_bucket_is_asked_for_and_its_keys_stay_here(tmp_path: Path) -> None:
    findings = Findings()
    values: dict[str, Any] = {
        **BUCKET,
        **KEYS,
        "aws_data_prefix": "cats",
        "aws_endpoint_url": "https://foo.bar/",
        "repeats": 1,
    }
    found = source_elsewhere(values, tmp_path, findings, entry="My.cats")
    assert found is not None
    assert found.source == {
        "type": "aws",
        "bucket": "something-yummy",
        "prefix": "cats",
        "endpoint_url": "https://foo.bar/",
        "access_key_id": "secret://my-cats-aws-access-key-id",
        "secret_access_key": "secret://my-cats-aws-secret-access-key",
    }
    assert [remark.rpartition(" ")[2] for remark in findings.remarks] == [
        "BAKEHOUSE_SECRET_MY_CATS_AWS_ACCESS_KEY_ID",
        "BAKEHOUSE_SECRET_MY_CATS_AWS_SECRET_ACCESS_KEY",
    ]
    assert not any(key in f"{found}{findings.remarks}" for key in KEYS.values())


def test_a_named_secret_keeps_its_name(tmp_path: Path) -> None:
    findings = Findings()
    values: dict[str, Any] = {
        **BUCKET,
        **dict.fromkeys(KEYS, "secret://ours"),
        "caption_extension": ".caption",
    }
    found = source_elsewhere(values, tmp_path, findings, entry="cats")
    assert found is not None
    assert (found.source["access_key_id"], findings.remarks) == ("secret://ours", [])
    assert (found.source["caption_extension"], found.source["kohya_folders"]) == (".caption", True)


def test_a_folder_of_the_server_is_named_by_its_path(tmp_path: Path) -> None:
    found = source_elsewhere({"instance_data_dir": "server:/data/cats"}, tmp_path, Findings(), entry="cats")
    assert found is not None
    assert found.source == {"type": "folder", "path": "/data/cats", "kohya_folders": True}
    with pytest.raises(InvalidInputError, match="give an absolute path of the server"):
        source_elsewhere({"instance_data_dir": "server:cats"}, tmp_path, Findings(), entry="cats")


def test_an_archive_is_sent_whole(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cats.ZIP", "w") as archive:
        archive.writestr("a.png", b"1")
    values: dict[str, Any] = {"instance_data_dir": "cats.ZIP", "repeats": 2}
    found = source_elsewhere(values, tmp_path, Findings(), entry="cats")
    assert found is not None
    assert found.files == {"archive": tmp_path / "cats.ZIP"}
    digest = digest_bytes(b"x")
    assert found.with_digests({"archive": digest}) == {"type": "zip", "archive": digest}


def test_what_is_no_archive_is_refused_and_a_folder_may_be_called_so(tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"no")
    (tmp_path / "folder.zip").mkdir()
    for name, words in (("bad.zip", "is no zip archive"), ("gone.zip", "is not there")):
        with pytest.raises(InvalidInputError, match=words):
            source_elsewhere({"instance_data_dir": name}, tmp_path, Findings(), entry="cats")
    for name in ("folder.zip", "pictures"):
        assert source_elsewhere({"instance_data_dir": name}, tmp_path, Findings(), entry="cats") is None


def test_a_table_of_urls_is_sent(tmp_path: Path) -> None:
    table = tmp_path / "photos.parquet"
    table.write_bytes(b"PAR1")
    values: dict[str, Any] = {
        "type": "csv",
        "csv_file": "photos.parquet",
        "csv_caption_column": "cogvlm_caption",
        "csv_fallback_caption_column": "tags",
        "csv_filename_column": "id",
        "csv_identifier_includes_extension": False,
        "csv_resize": 1536,
    }
    found = source_elsewhere(values, tmp_path, Findings(), entry="photos")
    assert found is not None
    assert found.files == {"table": table}
    assert found.source == {
        "type": "csv",
        "format": "parquet",
        "caption_column": "cogvlm_caption",
        "fallback_caption_column": "tags",
        "filename_column": "id",
        "identifier_includes_extension": False,
        "resize": 1536,
    }


@pytest.mark.parametrize(("name", "told"), [("photos.xlsx", "is no table"), ("photos.csv", "is no file")])
def test_a_table_of_urls_that_is_none_is_refused(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(InvalidInputError, match=f"^.*{name} {told}"):
        source_elsewhere({"type": "csv", "csv_file": name}, tmp_path, Findings(), entry="photos")


def test_a_dataset_of_the_hub_is_named(tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "type": "huggingface",
        "dataset_name": "owner/cats",
        "caption_column": ["short", "long"],
        "huggingface": {"caption_column": ["never"], "description_column": "meta.description"},
        "split": "train",
        "dataset_config": "small",
    }
    found = source_elsewhere(values, tmp_path, Findings(), entry="cats")
    assert found is not None
    assert found.source == {
        "type": "huggingface",
        "dataset_name": "owner/cats",
        "caption_column": ["short", "long"],
        "description_column": "meta.description",
        "split": "train",
        "config": "small",
    }


def test_a_dataset_in_a_folder_is_sent_or_lies_on_the_server(tmp_path: Path) -> None:
    (tmp_path / "owner/cats").mkdir(parents=True)
    (tmp_path / "owner/cats/train.parquet").write_bytes(b"PAR1")
    values = {"type": "huggingface", "dataset_name": "owner/cats"}
    found = source_elsewhere(values, tmp_path, Findings(), entry="cats")
    assert found is not None
    assert [file.name for file in found.folder] == ["train.parquet"]
    assert found.source == {"type": "huggingface"}
    there = source_elsewhere({**values, "dataset_name": "server:/data/cats"}, tmp_path, Findings(), entry="c")
    assert there is not None
    assert there.source == {"type": "huggingface", "folder": "/data/cats"}


def test_a_dataset_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is no folder here and no OWNER/NAME"):
        source_elsewhere({"type": "huggingface", "dataset_name": "./cats"}, tmp_path, Findings(), entry="c")
