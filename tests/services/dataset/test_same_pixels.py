from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import Digest, digest_bytes
from services.dataset.domain.duplicates import DuplicateRules, Gathered
from services.dataset.domain.gathering import Gathering
from services.dataset.domain.probe import NoPicture
from services.dataset.domain.sample import Found, Rows
from services.dataset.same_pixels import SamePixels
from tests.services.dataset.domain.sampling import PICTURE, found, rows_of


@dataclass
class FirstWord:
    """Files are the same pixels if they begin with the same word; "?" can't be told."""

    asked: list[str] = field(default_factory=list)

    def digests(self, paths: Sequence[Path]) -> list[Digest | None]:
        words = [path.read_text().split()[0] for path in paths]
        self.asked += words
        return [None if word == "?" else digest_bytes(word.encode()) for word in words]


def picture(blobs: Blobs, name: str, text: str, *, look: int = 1) -> Found:
    blobs.put(text.encode())
    probe = replace(PICTURE, rendition=None, phash=f"{look:016x}", dhash=f"{look:016x}")
    return found(name, probe, data=text.encode())


def gathered(*pieces: Rows) -> Gathered:
    gathering = Gathering()
    gathering.begin(DuplicateRules(), 0)
    for rows in pieces:
        gathering.add(rows.samples, rows.said)
    return gathering.all()


def test_only_who_may_be_the_same_is_compared_and_only_once(blobs: Blobs, tmp_path: Path) -> None:
    broken = found("0.png", NoPicture(reason="broken", detail=""))
    pieces = [
        rows_of(broken, picture(blobs, "a.png", "x 1"), picture(blobs, "b.png", "y 1")),
        rows_of(
            picture(blobs, "c.png", "x 2"),
            picture(blobs, "d.png", "x 2"),
            picture(blobs, "e.png", "x 3", look=8),
            picture(blobs, "f.png", "? 1"),
        ),
    ]
    pictures = gathered(*pieces)
    for asked in (["?", "x", "x", "y"], ["?"]):
        pixels = FirstWord()
        same = SamePixels(blobs, tmp_path, pixels).contents(pictures, [rows.samples for rows in pieces])
        first, second, third, fourth, fifth, last = same.tolist()
        assert first == third == fourth
        assert len({first, second, fifth, last}) == 4
        assert sorted(pixels.asked) == asked


def test_renditions_are_compared_where_there_are_any(blobs: Blobs, tmp_path: Path) -> None:
    files = []
    for name in "ab":
        picture_of = picture(blobs, f"{name}.png", name)
        probe = replace(PICTURE, rendition=blobs.put(f"same {name}".encode()), phash="1" * 16, dhash="1" * 16)
        files.append(replace(picture_of, probe=probe))
    rows = rows_of(*files)
    first, second = SamePixels(blobs, tmp_path, FirstWord()).contents(gathered(rows), [rows.samples]).tolist()
    assert first == second


def test_where_nobody_looks_alike_nothing_is_read(blobs: Blobs, tmp_path: Path) -> None:
    rows = rows_of(picture(blobs, "a.png", "x"), picture(blobs, "b.png", "y", look=2))
    pictures = gathered(rows)
    assert (
        SamePixels(blobs, tmp_path, FirstWord()).contents(pictures, []).tolist() == pictures.content.tolist()
    )
