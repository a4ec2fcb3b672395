"""What a story knows of itself."""

from dataclasses import replace

from bakehouse.client.report.story import Unshown
from tests.bakehouse.client.report.tales import tale


def test_buckets_are_counted_the_narrowest_first() -> None:
    assert list(tale().buckets().items()) == [((48, 80), 1), ((64, 64), 2)]


def test_what_is_not_shown_counts() -> None:
    story = replace(
        tale(), unshown=Unshown(used={("concept", (64, 64)): 7, ("concept", (80, 48)): 1}, set_aside=3)
    )
    assert list(story.buckets().items()) == [((48, 80), 1), ((64, 64), 9), ((80, 48), 1)]
    assert (story.num_used("concept"), story.num_used("prior"), story.num_set_aside) == (10, 1, 5)


def test_pictures_are_found_by_entry() -> None:
    entries = tale().entries()
    assert {entry: [used.name for used in pictures] for entry, pictures in entries.items()} == {
        "concept": ["a.png", "b.png"],
        "prior": ["c.png"],
    }
