"""Where exported pictures lie."""

import pytest

from bakehouse.client.export.places import Layout, Place, Places
from bakehouse.client.snapshot_values import Sample
from bakehouse.digest import digest_bytes
from tests.bakehouse.client.sightings import captions, sample

FOLDERS = {"cats": "cats", "dogs": "dogs"}


def placed(found: Sample, places: Places | None = None, **changes: str) -> Place:
    assert found.digest is not None
    return (places or Places(Layout.FOLDER, FOLDERS)).place(found, found.digest, **changes)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a.png", "cats/a.png"),
        ("x/y/a.PNG", "cats/x/y/a.PNG"),
        ("../../etc/passwd.png", "cats/etc/passwd.png"),
        ("/abs.png", "cats/abs.png"),
        (".hidden.png", "cats/hidden.png"),
        ("no suffix", "cats/no suffix.png"),
        ("photo.1234", "cats/photo.1234.png"),
        ("bad\x00:name?.png", "cats/bad_name_.png"),
        ("..", "cats/picture.png"),
    ],
)
def test_a_name_stays_below_its_folder(name: str, wanted: str) -> None:
    assert placed(sample(name)).name == wanted


def test_a_long_name_is_cut() -> None:
    name = placed(sample("ä" * 250 + ".png")).name
    assert len(name.encode()) < 220
    assert name.endswith(".png")


def test_kohyas_folders_have_no_folders() -> None:
    places = Places(Layout.KOHYA, {"cats": "3_cats"})
    assert placed(sample("x/y.png"), places).name == "3_cats/x_y.png"


def test_two_of_one_name_are_told_apart() -> None:
    places = Places(Layout.FOLDER, FOLDERS)
    first, second = sample("a.png"), sample("A.jpg", media_type="image/jpeg", captions=captions("other"))
    assert placed(first, places).name == "cats/a.png"
    assert placed(second, places).name == f"cats/A-{second.sample_id[:8]}.jpg"
    assert placed(first, places).name == "cats/a.png"
    assert placed(sample("a.png", dataset="dogs"), places).name == "dogs/a.png"


def test_parts_of_a_file_are_one_file_and_several_pictures() -> None:
    places = Places(Layout.FOLDER, FOLDERS)
    first, second = sample("a.gif"), sample("a.gif", part=1)
    assert placed(first, places) == placed(second, places)
    made = [
        Places(Layout.FOLDER, FOLDERS).place(one, digest_bytes(b""), suffix=".png") for one in (first, second)
    ]
    assert [place.name for place in made] == ["cats/a.png", "cats/a-1.png"]


def test_captions_lie_beside() -> None:
    assert placed(sample("x/a.b.png")).text_name == "cats/x/a.b.txt"
    assert [layout for layout in Layout if layout.has_text_files] == [Layout.FOLDER, Layout.KOHYA]
