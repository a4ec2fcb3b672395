import pytest

from bakehouse.dataset_config.entry_fields import ParquetBlock
from bakehouse.errors import InvalidInputError
from services.dataset.domain.rules import Size
from services.dataset.domain.table_columns import (
    MAX_CAPTION_BYTES,
    BrokenRow,
    RowReader,
    TableColumns,
    TableOptions,
    TableRow,
    joined_columns,
    key_of_row,
    keys_of_file,
    read_rows,
    require_columns,
)

PRESENT = ["id", "url", "cogvlm_caption", "tags", "width", "height"]
COLUMNS = TableColumns(
    filename="id", captions=("cogvlm_caption",), fallbacks=("tags",), width="width", height="height"
)


def row(*cells: object) -> TableRow:
    return RowReader(COLUMNS).read(cells)


def test_a_row_says_name_captions_and_size() -> None:
    assert row(7, ["a cat", "a pet"], "cat", "640", [480]) == TableRow(
        name="7", captions=("a cat", "a pet"), size=Size(width=640, height=480)
    )


@pytest.mark.parametrize("nothing", [None, "", "  ", [], [None, ""], float("nan")])
def test_the_fallback_is_for_null_and_for_empty(nothing: object) -> None:
    assert row(7, nothing, "cat, mat", 1, 1).captions == ("cat, mat",)


@pytest.mark.parametrize(("width", "height"), [(None, 480), (0, 480), ("x", 480), (1 << 17, 1 << 17)])
def test_a_size_is_whole_or_none(width: object, height: object) -> None:
    assert row(7, "a", None, width, height).size is None


def test_the_captions_of_a_row_have_their_limit() -> None:
    assert row(7, ["a", "b" * MAX_CAPTION_BYTES], None, 1, 1).captions == ("a",)


def test_what_a_row_says_fits_into_a_line_of_a_listing() -> None:
    captions = row(7, ["\x01" * 5000, "\x02" * 5000], None, 1, 1).captions
    assert captions == ("\x01" * 5000,)


def test_a_column_that_serves_twice_is_read_once() -> None:
    columns = TableColumns(filename="id", captions=("id",))
    assert columns.names == ("id",)
    assert RowReader(columns).read(["7"]) == TableRow(name="7", captions=("7",))


def test_columns_that_are_not_named_are_looked_for() -> None:
    found = TableOptions().columns(["ID", "Caption", "Width", "Height"], what="the table")
    assert found == TableColumns(filename="ID", captions=("Caption",), width="Width", height="Height")


def test_a_list_of_urls_needs_no_names() -> None:
    found = TableOptions().columns(PRESENT, what="the table", needs_url=True)
    assert (found.url, found.filename) == ("url", None)


def test_a_missing_column_is_told_with_those_there_are() -> None:
    options = TableOptions(caption_column=("cogvlm", "tags"), width_column="w", height_column="height")
    with pytest.raises(InvalidInputError) as caught:
        options.columns(PRESENT, what="the table")
    assert "'cogvlm' ('cogvlm_caption' is near)" in caught.value.message
    assert "'w'" in caught.value.message
    assert "it has id, url, cogvlm_caption, tags, width, height" in caught.value.message


def test_a_table_of_many_columns_names_the_first() -> None:
    with pytest.raises(InvalidInputError, match="and 60 more"):
        require_columns(["x"], [f"c{number}" for number in range(100)], what="the table")


def test_width_goes_with_height() -> None:
    with pytest.raises(InvalidInputError, match="width_column and height_column go together"):
        TableOptions(width_column="width").columns(["id", "width"], what="the table")


@pytest.mark.parametrize(("captions", "sizes"), [(True, False), (False, True)])
def test_a_join_reads_what_is_wanted_of_it(captions: bool, sizes: bool) -> None:
    block = ParquetBlock(fallback_caption_column="tags")
    names = joined_columns(block, captions=captions, sizes=sizes).names
    assert names == (("id", "caption", "tags") if captions else ("id", "width", "height"))


@pytest.mark.parametrize(
    ("row_name", "file", "includes_extension", "is_found"),
    [
        ("17", "17.png", False, True),
        ("17", "deep/17.jpg", False, True),
        ("17.jpg", "17.png", False, True),
        ("photo.v2", "photo.v2.png", False, True),
        ("deep/17", "deep/17.png", False, True),
        ("deep/17", "17.png", False, False),
        ("17.jpg", "17.jpg", True, True),
        ("17.jpg", "deep/17.jpg", True, True),
        ("17.jpg", "17.png", True, False),
        ("./a/17.jpg", "a/17.jpg", True, True),
    ],
)
def test_a_row_is_found_by_its_file(
    row_name: str, file: str, includes_extension: bool, is_found: bool
) -> None:
    key = key_of_row(row_name, includes_extension=includes_extension)
    assert (key in keys_of_file(file, includes_extension=includes_extension)) is is_found


def test_broken_rows_are_passed_on() -> None:
    broken = BrokenRow(number=1, detail="torn")
    assert list(read_rows([broken, (7, "a", None, 1, 1)], COLUMNS)) == [broken, row(7, "a", None, 1, 1)]
