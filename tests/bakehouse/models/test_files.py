from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.models.files import ModelFile, ModelShelf, check_layout, parse_listing, single_file


@pytest.fixture
def shared(tmp_path: Path) -> Blobs:
    store = DirectoryStore(tmp_path / "store")
    store.create()
    return Blobs(store, "shared")


def files(*names: str) -> list[ModelFile]:
    return [ModelFile(digest=digest_bytes(name.encode()), name=name, size_bytes=1) for name in names]


def line(digest: Digest, name: str, size_bytes: int) -> bytes:
    return canonical_bytes({"digest": digest, "name": name, "size_bytes": size_bytes}) + b"\n"


def put_listing(shared: Blobs, contents: dict[str, bytes]) -> Digest:
    lines = [line(shared.put(data), name, len(data)) for name, data in sorted(contents.items())]
    return shared.put(b"".join(lines))


def test_a_folder_is_known_by_its_index() -> None:
    assert check_layout(files("model_index.json", "unet/config.json")) == "diffusers"


def test_a_single_file_may_have_folders_beside_it() -> None:
    assert check_layout(files("a.safetensors", "tokenizer/vocab.json", "vae/config.json")) == "single"


@pytest.mark.parametrize("name", ["model.ckpt", "unet/pytorch_model.bin", "MODEL.PT"])
def test_a_pickle_is_refused_with_the_way_to_convert_it(name: str) -> None:
    with pytest.raises(InvalidInputError, match="is a pickle checkpoint, which is refused; convert it"):
        check_layout(files("model_index.json", name))


def test_several_checkpoints_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="register one of them"):
        check_layout(files("a.safetensors", "b.safetensors"))


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no base model"):
        check_layout(files("cat.png"))


@pytest.mark.parametrize("name", ["../a.json", "/etc/passwd", "a/../../b", "", "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="can't be a file of a model"):
        files(name)


def test_a_line_that_is_no_file_is_named() -> None:
    data = line(digest_bytes(b""), "a.json", 0) + b"nothing\n"
    with pytest.raises(InvalidInputError, match="line 2 of the model's listing"):
        parse_listing(data)


def test_files_are_brought_to_a_folder(shared: Blobs, tmp_path: Path) -> None:
    listing = put_listing(shared, {"model_index.json": b"{}", "unet/config.json": b"{ }"})
    folder = ModelShelf(shared, tmp_path / "scratch").folder(listing)
    assert (folder / "unet/config.json").read_bytes() == b"{ }"


def test_what_is_there_is_not_fetched_again(shared: Blobs, tmp_path: Path) -> None:
    listing = put_listing(shared, {"a.safetensors": b"weights"})
    folder = ModelShelf(shared, tmp_path / "scratch").folder(listing)
    before = single_file(folder).stat()
    again = ModelShelf(shared, tmp_path / "scratch").folder(listing)
    assert again == folder
    assert single_file(again).stat() == before


def test_models_that_share_a_file_share_the_disk(shared: Blobs, tmp_path: Path) -> None:
    shelf = ModelShelf(shared, tmp_path / "scratch")
    one = shelf.folder(put_listing(shared, {"a.safetensors": b"weights"}))
    two = shelf.folder(put_listing(shared, {"a.safetensors": b"weights", "vae/config.json": b"{}"}))
    assert single_file(one).samefile(single_file(two))


def test_a_file_cut_short_is_fetched_again(shared: Blobs, tmp_path: Path) -> None:
    listing = put_listing(shared, {"a.safetensors": b"weights"})
    shelf = ModelShelf(shared, tmp_path / "scratch")
    path = single_file(shelf.folder(listing))
    path.write_bytes(b"wei")
    assert single_file(shelf.folder(listing)).read_bytes() == b"weights"


def test_a_file_that_was_not_uploaded_is_named(shared: Blobs, tmp_path: Path) -> None:
    listing = shared.put(line(digest_bytes(b"gone"), "a.safetensors", 4))
    with pytest.raises(NotFoundError, match=r"a\.safetensors is not in the store; upload the model again"):
        ModelShelf(shared, tmp_path / "scratch").folder(listing)
