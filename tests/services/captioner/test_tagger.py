"""A tagger in the store, and what is said of one that is not."""

import pytest

from bakehouse.blobs.blobs import Blobs, blob_key
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, NotFoundError
from services.captioner.tagger import read_tags, tagger_files
from tests.services.captioner.tiny_tagger import TAG_LIST, put_listing, put_tagger, tagger_model


def test_a_registered_tagger_is_found(shared: Blobs) -> None:
    files = tagger_files(shared, put_tagger(shared))
    assert shared.get(files.model) == tagger_model()
    assert [tag.name for tag in read_tags(shared, files)][2:4] == ["red_ground", "green_ground"]


def test_a_listing_that_is_not_there_is_told(shared: Blobs) -> None:
    with pytest.raises(NotFoundError, match=r"its listing \(\w+\) is not in the project shared; upload"):
        tagger_files(shared, digest_bytes(b"?"))


@pytest.mark.parametrize(("data", "name"), [(tagger_model(), "model.onnx"), (TAG_LIST, "selected_tags.csv")])
def test_a_file_that_was_not_uploaded_is_told(shared: Blobs, data: bytes, name: str) -> None:
    listing = put_tagger(shared)
    shared.store.delete([blob_key("shared", digest_bytes(data))])
    with pytest.raises(NotFoundError, match=f"tagger: {name} .* is not in the project shared"):
        tagger_files(shared, listing)


def test_a_folder_without_a_model_is_told(shared: Blobs) -> None:
    with pytest.raises(InvalidInputError, match=r"no model\.onnx"):
        tagger_files(shared, put_listing(shared, {"selected_tags.csv": TAG_LIST}))
