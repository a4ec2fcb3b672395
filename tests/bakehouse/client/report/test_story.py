"""What a story knows of itself."""

from tests.bakehouse.client.report.tales import tale


def test_buckets_are_counted_the_narrowest_first() -> None:
    assert list(tale().buckets().items()) == [((48, 80), 1), ((64, 64), 2)]


def test_pictures_are_found_by_entry() -> None:
    entries = tale().entries()
    assert {entry: [used.name for used in pictures] for entry, pictures in entries.items()} == {
        "concept": ["a.png", "b.png"],
        "prior": ["c.png"],
    }
