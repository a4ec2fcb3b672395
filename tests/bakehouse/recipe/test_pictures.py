"""What of a folder belongs to a dataset."""

from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.recipe.pictures import look_into, some_of
from tests.bakehouse.recipe.kitchen import make_pictures


def test_pictures_and_the_texts_beside_them_belong(tmp_path: Path) -> None:
    folder = make_pictures(tmp_path / "x", num=2)
    (folder / "readme.txt").write_text("about the pictures")
    (folder / "thumbs.db").write_text("x")
    found = look_into(folder)
    assert sorted(file.name for file in found.files) == ["0.png", "0.txt", "1.png", "1.txt"]
    assert found.remarks == ("not sent: 2 files, neither pictures nor their captions",)


def test_pictures_without_a_caption_are_named(tmp_path: Path) -> None:
    folder = make_pictures(tmp_path / "x", num=2)
    (folder / "1.txt").unlink()
    (folder / "LOUD.PNG").write_bytes(b"x")
    (folder / "LOUD.TXT").write_text("x")
    found = look_into(folder)
    assert (found.num_pictures, found.without_caption) == (3, ("1.png",))


def test_pictures_that_nobody_can_decode_are_said(tmp_path: Path) -> None:
    folder = make_pictures(tmp_path / "x")
    (folder / "drawing.svg").write_bytes(b"x")
    assert look_into(folder).remarks == (
        "not sent: 1 file that can't be decoded (drawing.svg); save as .png",
    )


@pytest.mark.parametrize(
    ("name", "words"), [("gone", "is not there"), ("file", "is no folder"), ("empty", "holds nothing")]
)
def test_what_is_no_folder_of_pictures_is_refused(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInputError, match=words):
        look_into(tmp_path / name)


def test_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_text("x")
    with pytest.raises(InvalidInputError, match="1 file, none of them a picture"):
        look_into(tmp_path)


def test_of_many_names_some_are_said() -> None:
    assert (some_of(["a", "b"]), some_of(["a", "b", "c", "d"])) == ("a, b", "a, b, c, ...")


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = make_pictures(tmp_path / "x", num=2)
    other = make_pictures(tmp_path / "other", num=2)
    (folder / "secret.png").symlink_to(other / "0.png")
    (folder / "more").symlink_to(other)
    (folder / "inside.png").symlink_to(folder / "0.png")
    (folder / "round.png").symlink_to(folder / "round.png")
    (tmp_path / "link").symlink_to(folder)  # the folder itself may be one
    found = look_into(tmp_path / "link")
    assert {file.name for file in found.files} >= {"0.png", "1.png", "inside.png"}
    assert not any(file.name.startswith(("secret", "more")) for file in found.files)
    assert found.remarks[0] == (
        "not sent: 2 links that lead out of it (more, secret.png); copy what they lead to, or name its folder"
    )


def test_a_folder_of_links_alone_says_so(tmp_path: Path) -> None:
    other = make_pictures(tmp_path / "other", num=1)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.png").symlink_to(other / "0.png")
    with pytest.raises(InvalidInputError, match=r"holds nothing, and 1 link that leads out of it \(a\.png\)"):
        look_into(tmp_path / "x")


def test_texts_may_have_another_extension(tmp_path: Path) -> None:
    folder = make_pictures(tmp_path / "x")
    (folder / "0.Caption").write_text("a cat")
    (folder / ".caption").write_text("hidden")
    found = look_into(folder, caption_extension=".caption")
    assert sorted(file.name for file in found.files) == ["0.Caption", "0.png", "1.png", "2.png"]
    assert found.without_caption == ("1.png", "2.png")


def test_the_folders_of_pictures_are_known_and_what_is_below_one(tmp_path: Path) -> None:
    make_pictures(tmp_path / "x" / "deep")
    found = look_into(tmp_path / "x")
    assert found.folders == {"deep"}
    assert {file.name for file in found.below("deep/")} == {
        "0.png",
        "0.txt",
        "1.png",
        "1.txt",
        "2.png",
        "2.txt",
    }
