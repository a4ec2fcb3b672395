import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.kohya_folders import KohyaFolder, beside_text, entry_ids, find_kohya_folders


def found(root: str, *folders: str) -> list[tuple[str, int, str, bool]]:
    concepts, others = find_kohya_folders(root, folders)
    assert others == []
    return [(c.prefix, c.repeats, c.class_tokens, c.is_prior) for c in concepts]


@pytest.mark.parametrize(
    ("root", "folders", "expected"),
    [
        ("10_cat", [""], [("", 9, "cat", False)]),
        ("img", ["10_cat", "1_a dog"], [("10_cat/", 9, "cat", False), ("1_a dog/", 0, "a dog", False)]),
        (
            "set",
            ["img/3_cat", "reg/1_cat"],
            [("img/3_cat/", 2, "cat", False), ("reg/1_cat/", 0, "cat", True)],
        ),
        ("", ["10_cat/deep/er"], [("10_cat/", 9, "cat", False)]),
        ("10_cat", ["", "5_kitten"], [("", 9, "cat", False)]),
    ],
)
def test_the_first_folder_that_is_called_so_is_a_concept(
    root: str, folders: list[str], expected: list[tuple[str, int, str, bool]]
) -> None:
    assert found(root, *folders) == expected


@pytest.mark.parametrize("folder", ["cats", "0_cat", "2023_photos", "10_", "a10_cat", "10 cat", ""])
def test_other_folders_are_none(folder: str) -> None:
    assert find_kohya_folders("pictures", [folder]) == ([], [folder])


def test_more_than_a_recipe_may_have_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="100 folders called N_name; at most 64"):
        find_kohya_folders("", [f"5_{n}" for n in range(100)])


def test_entries_are_called_by_their_class_and_each_once() -> None:
    names = [KohyaFolder(prefix=p, repeats=0, class_tokens=c) for p, c in (("1_é/", "é!"), ("2_b c/", "b c"))]
    assert list(entry_ids("cats", names)) == ["cats-concept", "cats-b-c"]
    assert list(entry_ids("cats", names[:1])) == ["cats"]
    twice = [KohyaFolder(prefix=f"{n}_x/", repeats=n, class_tokens="x" * 80) for n in (1, 2)]
    ids = list(entry_ids("c" * 63, twice))
    assert len(set(ids)) == 2
    assert all(len(own) <= 63 for own in ids)


def test_what_an_entry_says_itself_goes_first() -> None:
    concept = KohyaFolder(prefix="", repeats=9, class_tokens="cat", is_prior=True)
    assert concept.options({}) == {
        "repeats": 9,
        "class_tokens": "cat",
        "caption_strategy": "textfile",
        "is_regularisation_data": True,
    }
    assert concept.options({"caption_strategy": "filename"}) == {"repeats": 9, "is_regularisation_data": True}
    assert concept.options({"class_tokens": "kitten"})["class_tokens"] == "kitten"


def test_what_lies_beside_is_named() -> None:
    assert "(the folder itself, a, b)" in beside_text(["", "a", "b", "c"])
