import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dataset.domain.tag_files import caption_of_tags


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("1girl|solo", "1girl, solo"),
        ("general:long_hair|general:smile|character:hatsune_miku", "hatsune miku, long hair, smile"),
        ("artist:someone|copyright:vocaloid|character:miku|1girl", "miku, vocaloid, someone, 1girl"),
        ("rating:explicit|score:12|source:https://a.b/c|meta:highres|cat", "cat"),
        ("re:zero|:d|character:emilia_(re:zero)", "emilia (re:zero), re:zero, :d"),
        (" Character : a  b |\n|general:|cat|CAT|cat\n", "a b, cat, CAT"),
        ("", ""),
    ],
)
def test_tags_are_read(text: str, caption: str) -> None:
    assert caption_of_tags(text) == caption


@given(tags=st.lists(st.text("ab:_ |\n", max_size=6)))
def test_whatever_comes_is_words_with_commas(tags: list[str]) -> None:
    found = caption_of_tags("|".join(tags))
    assert not set(found) & set("|\n_")
    assert len(set(found.split(", "))) == len(found.split(", "))
