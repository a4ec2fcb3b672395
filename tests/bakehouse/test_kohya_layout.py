import tomllib
from fractions import Fraction

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.kohya_folders import find_kohya_folders
from bakehouse.kohya_layout import KohyaSubset, dataset_config, folder_layout, whole_passes

CAT = KohyaSubset(image_dir="/pictures/cat", num_repeats=10, trigger="zobkin", class_words="cat")
OLD = KohyaSubset(
    image_dir='/p/o"ld', num_repeats=1, trigger="cat", caption_extension=".caption", is_prior=True
)


def test_fractions_become_whole_by_a_common_factor() -> None:
    found = whole_passes({"a": Fraction(3, 2), "b": Fraction(1), "c": Fraction(10, 4)})
    assert (found.num_repeats, found.factor, found.is_exact) == ({"a": 3, "b": 2, "c": 5}, 2, True)


def test_odd_fractions_are_rounded() -> None:
    found = whole_passes({"a": Fraction(3333, 1000), "b": Fraction(5, 1)})
    assert (found.num_repeats, found.factor, found.is_exact) == ({"a": 3, "b": 5}, 1, False)


def test_folders_are_called_as_they_are_read() -> None:
    layout = folder_layout([CAT, OLD])
    assert layout == {CAT.image_dir: "img/10_zobkin cat", OLD.image_dir: "reg/1_cat"}
    folders, others = find_kohya_folders("set", layout.values())
    assert [(one.repeats + 1, one.class_tokens, one.is_prior) for one in folders] == [
        (10, "zobkin cat", False),
        (1, "cat", True),
    ]
    assert others == []


def test_two_are_not_one_folder() -> None:
    with pytest.raises(InvalidInputError, match=r"img/10_zobkin cat is there twice"):
        folder_layout([CAT, KohyaSubset(image_dir="/x", num_repeats=10, trigger="zobkin cat")])


def test_the_configuration_says_the_same() -> None:
    read = tomllib.loads(dataset_config([CAT, OLD], resolution=768))
    assert read["general"] == {"enable_bucket": True}
    (dataset,) = read["datasets"]
    assert dataset["resolution"] == 768
    assert dataset["subsets"] == [
        {
            "image_dir": "/pictures/cat",
            "num_repeats": 10,
            "class_tokens": "zobkin cat",
            "caption_extension": ".txt",
        },
        {
            "image_dir": '/p/o"ld',
            "num_repeats": 1,
            "class_tokens": "cat",
            "caption_extension": ".caption",
            "is_reg": True,
        },
    ]
    assert "resolution" not in tomllib.loads(dataset_config([CAT]))["datasets"][0]


@pytest.mark.parametrize(
    ("num_repeats", "trigger", "message"),
    [(0, "cat", "0 repeats"), (1, " ", "can't be a folder's name"), (1, "a/b", "can't be a folder's name")],
)
def test_what_kohya_would_leave_out_is_refused(num_repeats: int, trigger: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        KohyaSubset(image_dir="x", num_repeats=num_repeats, trigger=trigger)
