"""The report's tables."""

from demo.report.tables import figure_table, metadata_table, stage_table
from tests.demo.report.stories import figure, story


def test_a_figure_has_what_was_measured_and_what_was_asked() -> None:
    table = figure_table([figure(8, 80), figure(3, 5, is_at_most=True)])
    for word in ("80.0 %", "≥ 80 %", "30.0 %", "≤ 5 %"):
        assert word in table
    assert (table.count("✓"), table.count("✗")) == (1, 1)


def test_a_stage_has_its_seconds_and_its_bar() -> None:
    table = stage_table(story().stages)
    for word in ("78.0 s", "5 computed, 1 there already", "margin-left:2.50%;width:97.50%"):
        assert word in table
    assert stage_table([]) == '<table class="bars"></table>'


def test_metadata_are_in_the_order_of_their_names() -> None:
    table = metadata_table({"b": "<2>", "a": "1"})
    assert table.index(">a<") < table.index("&lt;2&gt;")
    assert "2 fields" in table
