import pytest

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entry_fields import EntryFields
from bakehouse.dataset_config.picture_options import (
    PICTURE_OPTIONS,
    Alpha,
    alpha_of,
    frames_of,
    picture_problems,
)
from bakehouse.errors import InvalidInputError
from bakehouse.kinds import Kind, canonical


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("white", Alpha(background="#ffffff", with_mask=False)),
        ("Black", Alpha(background="#000000", with_mask=False)),
        (" #12AbeF ", Alpha(background="#12abef", with_mask=False)),
        ("mask", Alpha(background="#ffffff", with_mask=True)),
    ],
)
def test_alpha_names_a_colour_or_a_mask(text: str, expected: Alpha) -> None:
    assert alpha_of(text) == expected


@pytest.mark.parametrize("text", ["", "red", "#fff", "#gggggg", "#1234567"])
def test_another_alpha_is_refused_with_what_there_is(text: str) -> None:
    with pytest.raises(InvalidInputError, match="give white, black, #rrggbb or mask") as caught:
        alpha_of(text)
    assert caught.value.field == "alpha"


@pytest.mark.parametrize(("text", "expected"), [("first", 1), ("ALL", None), ("1", 1), (" 12 ", 12)])
def test_frames_are_counted(text: str, expected: int | None) -> None:
    assert frames_of(text) == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "1001", "1.5", "last", "²"])
def test_other_frames_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="give first, all, or how many") as caught:
        frames_of(text)
    assert caught.value.field == "frames"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, "8"), ("true", "8"), (False, "0"), ("no", "0"), (12, "12"), ("2.50", "2.5"), (7.5, "7.5")],
)
def test_a_trim_is_a_percentage(value: Json, expected: str) -> None:
    assert canonical(value, PICTURE_OPTIONS["trim"].kind) == expected


def test_no_percentage_is_refused() -> None:
    for value in ("much", None, [8]):
        with pytest.raises(ValueError, match="no percentage"):
            canonical(value, Kind.PERCENT)


def test_all_problems_of_an_entry_are_told() -> None:
    assert list(picture_problems(EntryFields(id="a"))) == []
    wrong = EntryFields(id="a", alpha="red", frames="some")
    assert [problem.partition(":")[0] for problem in picture_problems(wrong)] == ["alpha", "frames"]
