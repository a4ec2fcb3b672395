"""What a snapshot leaves out, told."""

from collections import Counter

from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import digest_bytes
from services.dataset.domain.entry_rules import rules_of
from services.dataset.domain.listing import ListedFile, ListedImage
from services.dataset.domain.probe import NoPicture, Picture, Probe
from services.dataset.domain.sample import NO_TEXT, Found, Sample, TextFile, make_samples
from services.dataset.set_aside import NAMED, LeftOut, named
from tests.services.dataset.domain.entries import entry

BROKEN = NoPicture(reason="broken", detail="it is cut off; save it again")
PICTURE = Picture(format="PNG", media_type="image/png", width=20, height=20, rendition=None)


def sample(name: str, probe: Probe, *, text: TextFile = NO_TEXT, minimum: int = 0) -> Sample:
    spec = entry(resolution=64, caption_strategy="textfile", minimum_image_size=minimum)
    image = ListedImage(
        file=ListedFile(name=name, digest=digest_bytes(name.encode()), size_bytes=9), text=None
    )
    files = [Found(image=image, probe=probe, text=text)]
    return next(make_samples(spec, rules_of(spec, alignment=16), files, seed=0))


def told(*samples: Sample) -> LeftOut:
    left_out = LeftOut()
    assert list(left_out.watch(iter(samples))) == [*samples]
    return left_out


def test_pictures_that_are_not_used_are_named_with_their_reasons() -> None:
    left_out = told(
        sample("ok.png", PICTURE),
        sample("cut.png", BROKEN),
        sample("small.png", PICTURE, minimum=64),
        sample("latin.png", PICTURE, text=TextFile(data=b"caf\xe9")),
    )
    assert [(found.name, found.reason) for found in left_out.named] == [
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


def test_of_many_the_first_are_named() -> None:
    left_out = told(*(sample(f"{number:03d}.png", BROKEN) for number in range(50)))
    assert [found.name for found in left_out.named] == [f"{number:03d}.png" for number in range(NAMED)]


def test_names_and_reasons_of_any_length_fit_a_result() -> None:
    long = [sample(f"{n:02d}" + "界" * 900, NoPicture(reason="broken", detail="界" * 900)) for n in range(20)]
    fitting = named(told(*long).named)
    assert 0 < len(canonical_bytes(fitting)) < 9000
    assert len(named(told(*(sample(f"{n}.png", BROKEN) for n in range(20))).named)) == 20


def test_where_nothing_is_left_the_commonest_reason_has_its_remedy() -> None:
    left_out = told(
        sample("a.png", PICTURE, minimum=64), sample("b.png", PICTURE, minimum=64), sample("c.png", BROKEN)
    )
    counts = Counter({"excluded.too_small": 2, "failed.broken": 1, "kept": 0})
    assert left_out.why_nothing(counts) == (
        "none of its pictures can be used: 2 too small (a.png: 20x20 px is less than the area of 64x64 px); "
        "1 broken (c.png: it is cut off; save it again); lower minimum_image_size, or add larger ones"
    )
    assert told(sample("c.png", BROKEN)).why_nothing(Counter({"failed.broken": 1})).endswith("another folder")
