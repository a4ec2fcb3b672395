import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.open import open_store
from bakehouse.blobs.s3 import S3Store
from bakehouse.blobs.signing import UrlSigner
from bakehouse.errors import InvalidInputError
from bakehouse.settings import ProcessSettings

S3 = {"s3_endpoint": "http://127.0.0.1:1/", "s3_access_key": "a", "s3_secret_key": "b"}


def settings(**values: str) -> ProcessSettings:
    return ProcessSettings.model_validate(values)


def test_a_directory(tmp_path: Path) -> None:
    store = open_store(settings(store_url=f"dir://{tmp_path}/store"))
    assert isinstance(store, DirectoryStore)
    store.create()
    assert (tmp_path / "store").is_dir()


def test_a_directory_with_urls(tmp_path: Path) -> None:
    signer = UrlSigner(b"s" * 32, "http://127.0.0.1:1/blobs")
    store = open_store(settings(store_url=f"dir://{tmp_path}"), signer=signer)
    assert store.presign("object", method="GET", expires_s=60).startswith("http://127.0.0.1:1/blobs/object?")


@pytest.mark.parametrize(
    ("url", "path"), [("s3://kitchen", ""), ("s3://kitchen/deep/prefix/", "/deep/prefix")]
)
def test_a_bucket(url: str, path: str) -> None:
    store = open_store(settings(store_url=url, **S3))
    assert isinstance(store, S3Store)
    signed = store.presign("object", method="GET", expires_s=60)
    assert signed.startswith(f"http://127.0.0.1:1/kitchen{path}/object?")


def test_without_an_endpoint_it_is_aws() -> None:
    store = open_store(
        settings(store_url="s3://kitchen", s3_access_key="a", s3_secret_key="b", s3_region="eu-west-1")
    )
    signed = store.presign("object", method="GET", expires_s=60)
    assert signed.startswith("https://kitchen.s3.eu-west-1.amazonaws.com/object?")


@pytest.mark.parametrize("url", ["", "/var/store", "dir://var/store", "dir:store", "gs://kitchen"])
def test_what_is_no_store_is_named_with_its_remedy(url: str) -> None:
    with pytest.raises(
        InvalidInputError, match=r"BAKEHOUSE_STORE_URL: .* dir:///absolute/path or s3://bucket"
    ):
        open_store(settings(store_url=url, **S3))


@pytest.mark.parametrize("url", ["s3://", "s3:///prefix", "s3://kitchen//prefix", "s3://kitchen/../prefix"])
def test_what_is_no_bucket_is_named_with_its_remedy(url: str) -> None:
    with pytest.raises(InvalidInputError, match=r"BAKEHOUSE_STORE_URL: .* give s3://bucket"):
        open_store(settings(store_url=url, **S3))


def test_a_directory_may_have_any_name(tmp_path: Path) -> None:
    store = open_store(settings(store_url=f"dir://{tmp_path}/a b#c?d%20"))
    assert isinstance(store, DirectoryStore)
    store.create()
    assert (tmp_path / "a b#c?d%20").is_dir()


def test_credentials_are_asked_for_by_name() -> None:
    with pytest.raises(InvalidInputError, match="BAKEHOUSE_S3_ACCESS_KEY"):
        open_store(settings(store_url="s3://kitchen"))


def test_a_directory_needs_no_library() -> None:
    program = (
        "import sys, bakehouse.blobs.open, bakehouse.blobs.blobs;"
        "sys.exit(' '.join({'minio', 'urllib3', 'aiohttp', 'pyarrow'} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
