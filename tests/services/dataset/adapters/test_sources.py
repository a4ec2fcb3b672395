from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from bakehouse.secret_values import SecretValues
from services.dataset.adapters.archives import ZipSource
from services.dataset.adapters.buckets import Buckets, BucketSource
from services.dataset.adapters.folders import FolderSource, ServerFolders
from services.dataset.adapters.sources import KnownSources
from services.dataset.adapters.url_table import UrlTable, UrlTables
from services.dataset.domain.addresses import parse_allowed
from services.dataset.domain.retrying import FetchLimits
from services.dataset.source_specs import BucketSpec, FolderSpec, SourceSpec, UrlListSpec, ZipSpec


@pytest.fixture
def known(tmp_path: Path) -> KnownSources:
    tables = UrlTables(parse_allowed(""), FetchLimits())
    return KnownSources(ServerFolders([tmp_path]), Buckets(SecretValues({}), None), tables)


def test_a_spec_is_opened_by_its_kind(known: KnownSources, blobs: Blobs, tmp_path: Path) -> None:
    blob = blobs.put(b"url\nhttps://example.org/a.png\n")
    specs: dict[type, SourceSpec] = {
        FolderSource: FolderSpec(path=str(tmp_path)),
        ZipSource: ZipSpec(archive=blob),
        BucketSource: BucketSpec(bucket="cats"),
        UrlTable: UrlListSpec(table=blob, format="csv"),
    }
    for kind, spec in specs.items():
        assert isinstance(known.open(spec, blobs), kind)


def test_a_spec_that_nothing_opens_is_a_bug(known: KnownSources, blobs: Blobs) -> None:
    with pytest.raises(InvalidInputError, match="nothing opens it"):
        known.open(SourceSpec(), blobs)
