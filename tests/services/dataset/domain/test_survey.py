import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.manifest.identity import sample_id
from services.dataset.domain.bucketing import Placement, place
from services.dataset.domain.draws import Draws
from services.dataset.domain.rules import AspectChoice, CropAspect, Rules, Size
from services.dataset.domain.survey import Survey, Surveyed, survey_rows

AREA = Rules(in_area=True, resolution=1.0, minimum=0.5)
RANDOM = Rules(
    in_area=True,
    resolution=1.0,
    crop=True,
    crop_aspect=CropAspect.RANDOM,
    choices=(AspectChoice(aspect=1.0), AspectChoice(aspect=0.75), AspectChoice(aspect=1.5)),
)


def rows(*sizes: tuple[int, int]) -> list[Surveyed]:
    return [Surveyed(size=Size(width=w, height=h), name=f"{n}.png") for n, (w, h) in enumerate(sizes)]


def test_pictures_are_counted_by_what_becomes_of_them() -> None:
    survey = survey_rows(
        [*rows((1024, 1024), (2000, 1000), (100, 100)), Surveyed(), Surveyed(reason="failed.no_url")],
        AREA,
        entry="cats",
        seed=0,
    )
    assert survey.to_json() == {
        "counts": {"excluded.too_small": 1, "failed.no_url": 1, "kept": 2, "unknown_size": 1},
        "buckets": {"1024x1024": 1, "1472x704": 1},
    }


def test_no_pictures_are_no_numbers() -> None:
    assert survey_rows([], AREA, entry="cats", seed=0) == Survey()


@given(
    st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 5000)), max_size=30),
    st.sampled_from([AREA, RANDOM]),
)
def test_a_survey_is_what_becomes_of_each(sizes: list[tuple[int, int]], rules: Rules) -> None:
    survey = survey_rows(rows(*sizes), rules, entry="cats", seed=7)
    expected = Survey()
    for number, (width, height) in enumerate(sizes):
        draws = Draws(seed=7, sample_ids=[sample_id("cats", f"{number}.png")])
        found = place(Size(width=width, height=height), rules, draws)
        if isinstance(found, Placement):
            expected.counts["kept"] += 1
            expected.buckets[f"{found.bucket.width}x{found.bucket.height}"] += 1
        else:
            expected.counts[f"excluded.{found.reason}"] += 1
    assert survey == expected


def test_many_rows_are_counted_in_pieces() -> None:
    sides = np.random.default_rng(0).integers(300, 3000, (70_000, 2)).tolist()
    many = (Surveyed(size=Size(width=w, height=h)) for w, h in sides)
    survey = survey_rows(many, AREA, entry="cats", seed=0)
    assert sum(survey.counts.values()) == 70_000
    assert sum(survey.buckets.values()) == survey.counts["kept"]


def test_surveys_add_up() -> None:
    one, other = (survey_rows(rows((1024, 1024)), AREA, entry=name, seed=0) for name in "ab")
    one.add(other)
    assert one.to_json() == {"counts": {"kept": 2}, "buckets": {"1024x1024": 2}}
