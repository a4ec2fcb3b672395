"""Samples with their crops and captions, one after the other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from bakehouse.manifest.browsing import SampleBrowser
from bakehouse.manifest.filters import parse_filter
from bakehouse.manifest.identity import SampleId
from tests.bakehouse.manifest.small_snapshot import Shot, write_tables

SHOTS = (
    Shot(name="a.png", captions=("a red cat", "a cat")),
    Shot(name="b/c.jpg", bucket=(64, 128), captions=()),
    Shot(name="d.png", reason="too_small", size=(8, 8)),
    Shot(name="e.png", entry="dogs", captions=("A RED dog",), columns={"prior": True}),
    Shot(name="f.png", entry="dogs", size=(512, 512)),
)

Names = Callable[[str], set[str]]


@pytest.fixture
def browser(blobs: Blobs, scratch: Path) -> SampleBrowser:
    return SampleBrowser(blobs, write_tables(blobs, scratch, *SHOTS))


@pytest.fixture
def names(browser: SampleBrowser) -> Names:
    return lambda text: {rows.sample["name"] for rows in browser.read(parse_filter(text))}


def test_all_come_in_the_order_of_their_ids_with_what_is_theirs(browser: SampleBrowser) -> None:
    found = list(browser.read())
    assert [rows.sample_id for rows in found] == sorted(shot.sample_id for shot in SHOTS)
    by_name = {rows.sample["name"]: rows for rows in found}
    assert [row["text"] for row in by_name["a.png"].captions] == ["a red cat", "a cat"]
    assert [(row["bucket_width"], row["bucket_height"]) for row in by_name["b/c.jpg"].crops] == [(64, 128)]
    assert (by_name["d.png"].crops, by_name["d.png"].captions) == ([], [])


def test_reading_goes_on_behind_any_sample(browser: SampleBrowser) -> None:
    ids = sorted(shot.sample_id for shot in SHOTS)
    for number, own in enumerate(ids):
        assert [rows.sample_id for rows in browser.read(after=own)] == ids[number + 1 :]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("state = excluded AND reason = too_small", "d"),
        ("state != kept", "d"),
        ("dataset = dogs", "ef"),
        ('file = "*.png"', "adef"),
        ("file : B/", "b"),
        ("width >= 512", "f"),
        ("width < 100", "d"),
        ("bucket = 64x128", "b"),
        ("bucket = 64x*", "abef"),
        ("caption : red", "ae"),
        ('caption = "a cat"', "af"),
        ("captions = 0", "bd"),
        ("captions = 0 AND state = kept", "b"),
        ("captions > 1", "a"),
        ("prior = true", "e"),
    ],
)
def test_a_filter_lets_pass_what_it_says(names: Names, text: str, wanted: str) -> None:
    assert {name[0] for name in names(text)} == set(wanted)


def test_a_sample_is_found_by_the_beginning_of_its_id(names: Names) -> None:
    own = SHOTS[1].sample_id.hex()
    assert names(f"sample_id = {own}") == {"b/c.jpg"}
    assert "b/c.jpg" in names(f'sample_id = "{own[:3]}*"')
    assert names("sample_id = *") == {shot.name for shot in SHOTS}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hue = 3", "hue is no field; use dataset, file"),
        ("renditions = 3", "renditions is no field"),
        ("width = x", "is a number"),
        ("width : 3", "width is no text"),
        ("file > a", "name is a text; use =, != or :"),
        ("sample_id = zz", "hex digits"),
        ("sample_id = 3f", "hex digits"),
    ],
)
def test_what_can_not_be_compared_is_refused(names: Names, text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        names(text)


def test_some_samples_are_found_by_their_ids(browser: SampleBrowser) -> None:
    wanted = [SHOTS[0].sample_id, SHOTS[4].sample_id, SampleId(bytes(16))]
    found = browser.find(wanted)
    assert {rows.sample["name"] for rows in found.values()} == {"a.png", "f.png"}
    assert len(found[SHOTS[0].sample_id].captions) == 2


def test_samples_alone_are_enough(blobs: Blobs, scratch: Path) -> None:
    tables = write_tables(blobs, scratch, *SHOTS)
    alone = SampleBrowser(blobs, {"samples": tables["samples"]})
    assert len(list(alone.read(parse_filter("captions = 0")))) == len(SHOTS)
