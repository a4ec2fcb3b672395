"""What a snapshot leaves out, told."""

from collections import Counter

import pyarrow as pa

from bakehouse.canonical_json import canonical_bytes
from services.dataset.domain.probe import NoPicture, Picture
from services.dataset.domain.sample import Found, TextFile
from services.dataset.domain.set_aside import NAMED, LeftOut, SetAside, named
from tests.services.dataset.domain.sampling import found, rows_of

BROKEN = NoPicture(reason="broken", detail="it is cut off; save it again")
PICTURE = Picture(format="PNG", media_type="image/png", width=80, height=80, rendition=None)
SMALL = Picture(format="PNG", media_type="image/png", width=20, height=20, rendition=None)


def told(*files: Found) -> LeftOut:
    left_out = LeftOut()
    left_out.watch(rows_of(*files, minimum_image_size=64))
    return left_out


def test_pictures_that_are_not_used_are_named_with_their_reasons() -> None:
    left_out = told(
        found("ok.png", PICTURE),
        found("cut.png", BROKEN),
        found("small.png", SMALL),
        found("latin.png", PICTURE, TextFile(data=b"caf\xe9")),
    )
    assert [(one.name, one.reason) for one in left_out.named] == [
        ("cut.png", "failed.broken"),
        ("small.png", "excluded.too_small"),
        ("latin.png", "captions.failed"),
    ]
    assert left_out.named[0].to_json() == {
        "entry": "cats",
        "name": "cut.png",
        "reason": "failed.broken",
        "detail": "it is cut off; save it again",
    }
    assert "UTF-8" in left_out.named[2].detail


def test_of_many_the_first_are_named() -> None:
    left_out = told(*(found(f"{number:03d}.png", BROKEN) for number in range(50)))
    assert [one.name for one in left_out.named] == [f"{number:03d}.png" for number in range(NAMED)]
    left_out.watch(rows_of(found("small.png", SMALL), minimum_image_size=64))
    assert len(left_out.named) == NAMED
    assert "small.png" in left_out.why_nothing(Counter({"excluded.too_small": 1}))


def test_each_reason_has_its_first_before_any_has_its_second() -> None:
    many = [SetAside(entry="e", name=str(number), reason="failed.broken", detail="") for number in range(30)]
    last = SetAside(entry="e", name="last", reason="excluded.exact_duplicate", detail="")
    names = [one["name"] for one in named([*many, last]) if isinstance(one, dict)]
    assert names[:3] == ["0", "last", "1"]
    assert len(names) == NAMED


def test_names_and_reasons_of_any_length_fit_a_result() -> None:
    long = NoPicture(reason="broken", detail="界" * 900)
    fitting = named(told(*(found(f"{number:02d}" + "界" * 900, long) for number in range(20))).named)
    assert 0 < len(canonical_bytes(fitting)) < 9000
    assert len(named(told(*(found(f"{number}.png", BROKEN) for number in range(20))).named)) == 20


def test_duplicates_among_rows_are_named() -> None:
    samples = rows_of(found("a.png", PICTURE), found("b.png", PICTURE)).samples
    reason = pa.array([None, "exact_duplicate"], pa.string())
    samples = samples.set_column(samples.schema.get_field_index("reason"), "reason", reason)
    states = pa.array(["kept", "excluded"], pa.string())
    left_out = LeftOut()
    left_out.watch_duplicates(samples.set_column(samples.schema.get_field_index("state"), "state", states))
    assert [(one.name, one.reason) for one in left_out.named] == [("b.png", "excluded.exact_duplicate")]


def test_where_nothing_is_left_the_commonest_reason_has_its_remedy() -> None:
    left_out = told(found("a.png", SMALL), found("b.png", SMALL), found("c.png", BROKEN))
    counts = Counter({"excluded.too_small": 2, "failed.broken": 1, "kept": 0})
    assert left_out.why_nothing(counts) == (
        "none of its pictures can be used: 2 too small (a.png: 20x20 px is less than the area of 64x64 px); "
        "1 broken (c.png: it is cut off; save it again); lower minimum_image_size, or add larger ones"
    )
    assert told(found("c.png", BROKEN)).why_nothing(Counter({"failed.broken": 1})).endswith("another folder")
