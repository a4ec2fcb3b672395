from dataclasses import replace

from services.dataset.domain.duplicates import FORMATS_BEST_FIRST, DuplicateRules
from services.dataset.domain.gathering import Gathering
from services.dataset.domain.probe import NoPicture
from tests.services.dataset.domain.sampling import PICTURE, found, rows_of

HASHED = replace(PICTURE, phash="00000000000000ff", dhash="8000000000000000", sharpness=1.5)


def test_the_kept_pictures_of_all_entries_are_there_in_their_order() -> None:
    gathering = Gathering()
    gathering.begin(DuplicateRules(), "one")
    first = rows_of(
        found("a.jpg", HASHED, data=b"x"),
        found("b.jpg", NoPicture(reason="broken", detail="")),
        found("c.jpg"),
    )
    gathering.add(first.samples, first.said)
    gathering.begin(DuplicateRules(distance=1), "two")
    gathering.begin(DuplicateRules(distance=2), "one")
    last = rows_of(
        found("d.jpg", replace(PICTURE, format="ODD"), data=b"x"),
        found("e.jpg", replace(HASHED, part=1), data=b"x"),
    )
    gathering.add(last.samples, last.said)
    pictures = gathering.all()
    assert [rules.distance for rules in pictures.rules] == [4, 1, 2]
    assert pictures.entry.tolist() == [0, 0, 2, 2]
    assert pictures.realm.tolist() == [0, 0, 0, 0]
    first_content, other, same, frame = pictures.content.tolist()
    assert first_content == same
    assert len({first_content, other, frame}) == 3
    assert pictures.is_hashed.tolist() == [True, False, False, True]
    assert pictures.hashes.phash.tolist() == [255, 0, 0, 255]
    assert pictures.hashes.dhash.tolist() == [1 << 63, 0, 0, 1 << 63]
    assert pictures.sharpness.tolist() == [1.5, 0, 0, 1.5]
    jpeg = FORMATS_BEST_FIRST.index("JPEG")
    assert pictures.format_rank.tolist() == [jpeg, jpeg, len(FORMATS_BEST_FIRST), jpeg]
    assert (pictures.width.tolist(), pictures.size_bytes.tolist()) == ([120] * 4, [9] * 4)


def test_where_nothing_is_kept_nothing_is_gathered() -> None:
    gathering = Gathering()
    gathering.begin(DuplicateRules(), 0)
    rows = rows_of(found("b.jpg", NoPicture(reason="broken", detail="")))
    gathering.add(rows.samples, rows.said)
    assert len(gathering.all()) == 0
