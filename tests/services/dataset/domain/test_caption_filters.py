import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from services.dataset.domain.caption_filters import MAX_ENTRIES, MAX_ENTRY_CHARS, CaptionFilters


def filtered(caption: str, *entries: str) -> str:
    return CaptionFilters(entries).apply(caption)


def test_a_text_is_taken_out_wherever_it_is() -> None:
    assert filtered("arafed man, arafed dog", "arafed ") == "man, dog"
    assert filtered("one\ntwo", "one\n") == "two"
    assert filtered("kept", "", "") == "kept"


def test_a_regular_expression_takes_out_what_it_matches() -> None:
    assert filtered("this picture of a dog has a red ball", "this .* has a ") == "red ball"
    assert filtered("Ünï", r"\p{Lu}") == "nï"
    assert filtered("THE IMAGE SHOWS a cat", "(?i)the image shows ") == "a cat"
    assert filtered("a b", "(?x) a  \\ ") == "b"


def test_what_is_text_and_expression_is_both_in_one_pass() -> None:
    assert filtered("a (red) car", "(red) ") == "a car"
    assert filtered("price $5.00", "$5") == "price .00"
    assert filtered("C++ code", "C++ ") == "code"
    assert filtered("aab", "ab") == "a"


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("s/this/that/", "that This this"),
        ("s/this/that/g", "that This that"),
        ("s/this/that/gi", "that that that"),
        ("s/^THIS/that/i", "that This this"),
        ("s/this/that", "that This that"),
        ("s/this//", " This this"),
        (r"s/(\w+) (\w+)/\2 \1/", "This this this"),
        (r"s/ This /\//", "this/this"),
        ("s/ This / a\\/b /", "this a/b this"),
        ("s/this", "this This this"),
        ("s|this|that|", " Thi "),
    ],
)
def test_one_text_takes_the_place_of_another(entry: str, found: str) -> None:
    assert filtered("this This this", entry) == found


def test_entries_are_applied_in_their_order() -> None:
    assert filtered("a cat", "s/cat/dog", "dog") == "a "
    assert filtered("a cat", "dog", "s/cat/dog") == "a dog"


def test_all_that_is_wrong_is_said_with_its_line() -> None:
    with pytest.raises(InvalidInputError) as caught:
        CaptionFilters(["fine", "(unclosed", "", r"s/a/\9", "s/a/b/c/d", "s/a/b/x", "s/[/b/", "a" * 3000])
    for part in (
        "line 2, '(unclosed': no regular expression: missing ) at position 9; put \\ before",
        r"line 4, 's/a/\\9': replacement '\\9': invalid group reference",
        "line 5, 's/a/b/c/d': too many slashes for s/a/b/; write \\/ for one that is meant",
        "line 6, 's/a/b/x': 'x' behind the last slash; use g, i or both",
        "line 7, 's/[/b/': no regular expression",
        f"3000 characters; give at most {MAX_ENTRY_CHARS}",
    ):
        assert part in caught.value.message
    assert "line 1" not in caught.value.message
    with pytest.raises(InvalidInputError, match=f"give at most {MAX_ENTRIES}"):
        CaptionFilters(["a"] * (MAX_ENTRIES + 1))


def test_a_pattern_that_never_ends_is_stopped_and_named() -> None:
    with pytest.raises(
        InvalidInputError, match=r"line 1, .* takes more than 1 s for the caption 'aaa.*repeat"
    ):
        filtered("a" * 4000, r"(a*)*(a*)*(a*)*\1b|(?:a|a)*(?:a|a)*\Bc")


def test_patterns_that_are_slow_for_each_caption_are_stopped_after_a_while() -> None:
    ticks = iter(range(10_000))
    filters = CaptionFilters(["", "a+"], clock=lambda: float(next(ticks)))
    assert {filters.apply("a cat") for _ in range(300)} == {" ct"}
    with pytest.raises(InvalidInputError, match=r"line 2, 'a\+': takes more than 300 s for all"):
        filters.apply("a cat")


def test_a_caption_does_not_grow_for_ever() -> None:
    with pytest.raises(InvalidInputError, match=r"line .* makes a caption longer than"):
        filtered("a", *["s/a/aa/g"] * 40)


@given(caption=st.text("ab.*[]s/ ", max_size=12), entry=st.text("ab.*[]s/ ", max_size=6))
def test_any_entry_is_an_error_or_a_function_of_the_caption(caption: str, entry: str) -> None:
    try:
        filters = CaptionFilters([entry])
    except InvalidInputError:
        return
    assert filters.apply(caption) == CaptionFilters([entry]).apply(caption)
    if not entry.startswith("s/"):
        assert len(filters.apply(caption)) <= len(caption)
