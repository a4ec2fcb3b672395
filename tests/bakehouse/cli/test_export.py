"""`bakehouse snapshots export`, on a real gateway."""

from pathlib import Path

import pytest
import typer

from bakehouse.cli.export import Pad, export
from bakehouse.client.export.places import Layout
from tests.bakehouse.client.stock import Stock
from tests.bakehouse.manifest.small_snapshot import Shot


def test_files_are_written_and_counted(
    stock: Stock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = stock.put(Shot(name="a.png"), Shot(name="b.png", captions=()))
    for written in (3, 0):
        export(made.id[:8], tmp_path / "out", project=stock.project)
        shown = capsys.readouterr()
        assert shown.out == f"{tmp_path / 'out'}: 2 pictures of cats; {written} files written\n"
        assert "1 of them have no caption" in shown.err
    assert (tmp_path / "out" / "cats" / "a.txt").read_text() == "a cat\n"


def test_rounded_repeats_are_warned_of(
    stock: Stock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = stock.put(Shot(name="a.png"), entries=[{"id": "cats", "repeats": "0.5"}])
    export(made.id[:8], tmp_path / "out", layout=Layout.KOHYA, project=stock.project)
    assert "those of cats are rounded" in capsys.readouterr().err


def test_sources_are_not_padded(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="goes with --format png"):
        export("x", tmp_path, pad=Pad.SQUARE)


def test_a_background_without_a_square_is_refused(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="goes with --pad square"):
        export("x", tmp_path, background="#000000")
