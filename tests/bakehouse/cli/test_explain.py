"""`bakehouse explain`, on a real gateway."""

import json
from pathlib import Path

import pytest
import typer

from bakehouse.cli.explain import explain, story_lines
from bakehouse.client.snapshot_values import SnapshotSummary, StageRows
from bakehouse.digest import digest_bytes
from tests.bakehouse.client.sightings import sample, story
from tests.bakehouse.client.stock import Stock
from tests.bakehouse.manifest.small_snapshot import Shot

NOTHING = SnapshotSummary(datasets=(), buckets=())
BLOB = digest_bytes(b"")
Capture = pytest.CaptureFixture[str]


def test_a_picture_is_told_of_and_drawn(stock: Stock, tmp_path: Path, capsys: Capture) -> None:
    stock.put(
        Shot(name="a.png", columns={"phash": "ab" * 8}),
        Shot(name="b.png", data=b"a.png"),
        Shot(name="s.png", reason="too_small"),
        entries=[{"id": "cats", "repeats": 4}],
    )
    drawing = tmp_path / "a.svg"
    explain("a.png", drawing=drawing, project=stock.project)
    shown = capsys.readouterr()
    for word in (
        "cats/a.png",
        f"sha256 {digest_bytes(b'a.png')}, 10 bytes",
        "PNG, 100x50 px upright, read as it is",
        f"phash {'ab' * 8}",
        "same bytes  1 more",
        "100x50 → 128x64 px",
        "64x64 at x 32, y 0 (center)",
        "64x64, with 1 other pictures",
        "'a cat' (textfile)",
        "5 times an epoch (repeats 4)",
    ):
        assert word in shown.out
    assert drawing.read_text().startswith("<svg")
    explain("a.png", drawing=drawing, project=stock.project)
    assert "is there already and stays" in capsys.readouterr().err


def test_what_is_not_used_is_told_why(stock: Stock, capsys: Capture) -> None:
    stock.put(Shot(name="a.png"), Shot(name="s.png", reason="too_small"))
    explain("s.png", project=stock.project)
    assert "not used (excluded): too small: it is too_small" in capsys.readouterr().out
    explain("s.png", project=stock.project, as_json=True)
    assert json.loads(capsys.readouterr().out)["sample"]["reason"] == "too_small"


def test_a_drawing_is_wanted_or_not(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter):
        explain("a.png", drawing=tmp_path / "x", no_drawing=True)


def test_what_later_stages_hold_is_told() -> None:
    stages = (
        StageRows(
            stage="captions",
            manifest=BLOB,
            table="captions",
            rows=({"text": "by a tagger", "source": "tagger"},),
        ),
        StageRows(stage="latents", manifest=BLOB, table="latents", rows=({"shard": "ab" * 32, "row": 3},)),
        StageRows(stage="texts", manifest=BLOB, table="texts", rows=({"reason": "too_long"},)),
    )
    told = story(sample=sample(uri="https://example.org/a.png", duplicate_of="0" * 32), stages=stages)
    assert "not until" not in "".join(story_lines(told, NOTHING, snapshot="f" * 64))
    lines = "\n".join(story_lines(told, NOTHING, snapshot="f" * 64))
    for word in (
        "from        https://example.org/a.png",
        "duplicate   of sample 000",
        "then        'by a tagger' (captions: tagger)",
        "latents     shard abababababab, row 3",
        "texts       failed: too_long",
    ):
        assert word in lines


def test_a_picture_without_a_caption_is_not_seen() -> None:
    lines = [*story_lines(story(sample=sample(captions=())), NOTHING, snapshot="f" * 64)]
    assert (
        lines[-1] == "  seen        not until it has a caption: write one, or name a tagger under captioning"
    )


def test_what_was_trimmed_off_is_told() -> None:
    trimmed = {"trim_x": 4, "trim_y": 5, "source_width": 120, "source_height": 60}
    lines = [*story_lines(story(sample=sample(more=trimmed)), NOTHING, snapshot="f" * 64)]
    assert "  trimmed     120x60 → 100x50 px at x 4, y 5" in lines
