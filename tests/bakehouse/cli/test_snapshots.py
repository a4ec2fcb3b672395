"""`bakehouse snapshots`, on a real gateway."""

import json
from dataclasses import replace

import pytest
import typer

from bakehouse.cli.snapshots import (
    diff_snapshots,
    list_snapshots,
    name_snapshot,
    pin_snapshot,
    show_lineage,
)
from bakehouse.errors import StateError
from tests.bakehouse.client.stock import Stock
from tests.bakehouse.manifest.small_snapshot import Shot

CAT, DOG = Shot(name="a.png"), Shot(name="d.png", entry="dogs")
Capture = pytest.CaptureFixture[str]


def test_snapshots_are_named_pinned_and_listed(stock: Stock, capsys: Capture) -> None:
    first, second = stock.put(CAT), stock.put(DOG)
    name_snapshot(first.id[:8], "good", project=stock.project)
    assert capsys.readouterr().out == f"good is {first.id[:12]}\n"
    pin_snapshot("good", project=stock.project)
    with pytest.raises(StateError, match="is pinned"):
        name_snapshot(second.id[:8], "good", move=True, project=stock.project)
    pin_snapshot("good", off=True, project=stock.project)
    name_snapshot(second.id[:8], "good", move=True, project=stock.project)
    pin_snapshot(first.id[:8], project=stock.project)
    capsys.readouterr()
    list_snapshots(project=stock.project)
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines[first.id[:12]].endswith(f"pin-{first.id[:12]} (pinned)")
    assert lines[second.id[:12]].endswith("good")
    name_snapshot("good", remove=True, project=stock.project)
    list_snapshots(project=stock.project, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [ref["name"].rpartition("/")[2] for ref in told["names"]] == [f"pin-{first.id[:12]}"]
    with pytest.raises(typer.BadParameter):
        name_snapshot("good", project=stock.project)


def test_what_changed_is_told_in_words(stock: Stock, capsys: Capture) -> None:
    moved = replace(CAT, captions=("a lion",), bucket=(64, 128))
    gone = Shot(name="gone.png")
    before, after = stock.put(CAT, gone, DOG), stock.put(moved, replace(DOG, reason="too_small"))
    diff_snapshots(before.id[:8], after.id[:8], project=stock.project)
    shown = capsys.readouterr()
    assert set(shown.out.splitlines()) == {
        "cats/a.png: recaptioned ('a cat' → 'a lion'), rebucketed (64x64 → 64x128)",
        "cats/gone.png: removed",
        "dogs/d.png: judged (used → too small)",
    }
    assert "1 removed" in shown.err
    diff_snapshots(before.id[:8], before.id[:8], project=stock.project)
    assert capsys.readouterr().err == "nothing changed\n"
    diff_snapshots(before.id[:8], after.id[:8], project=stock.project, as_json=True)
    assert len([json.loads(line) for line in capsys.readouterr().out.splitlines()]) == 3


def test_a_lineage_is_told(stock: Stock, capsys: Capture) -> None:
    made = stock.put(CAT)
    show_lineage(project=stock.project)
    line = capsys.readouterr().out
    assert line.startswith(f"snapshot {made.id[:12]}  1 buckets, 1 captions, 1 samples, by b")
    show_lineage(made.id, project=stock.project, as_json=True)
    assert json.loads(capsys.readouterr().out)["ancestors"][0]["content"] == made.id
