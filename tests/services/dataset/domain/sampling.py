"""Files as they are found, and the rows that become of them, for tests."""

from collections.abc import Sequence
from typing import Any

from bakehouse.digest import digest_bytes
from services.dataset.domain.captions import CaptionRules
from services.dataset.domain.entry_rules import rules_of
from services.dataset.domain.listing import ListedFile, ListedImage, MissingFile
from services.dataset.domain.probe import Picture, Probe
from services.dataset.domain.sample import NO_TEXT, Found, Rows, SampleRules, TextFile, make_rows
from tests.services.dataset.domain.entries import entry

PICTURE = Picture(format="JPEG", media_type="image/jpeg", width=120, height=80, rendition=digest_bytes(b"up"))


def found(
    name: str,
    probe: Probe = PICTURE,
    text: TextFile = NO_TEXT,
    *,
    data: bytes = b"",
    listed: Sequence[str] = (),
) -> Found:
    """A file of the bytes `data`, its own name by default."""
    file = ListedFile(name=name, digest=digest_bytes(data or name.encode()), size_bytes=9)
    return Found(image=ListedImage(file=file, text=None), probe=probe, text=text, listed=listed)


def how(*, seed: int = 0, **options: Any) -> SampleRules:
    spec = entry(**{"resolution": 64, "caption_strategy": "textfile", **options})
    return SampleRules(spec=spec, rules=rules_of(spec, alignment=16), captions=CaptionRules(spec), seed=seed)


def rows_of(*files: Found | MissingFile, **options: Any) -> Rows:
    return make_rows(how(**options), files)
