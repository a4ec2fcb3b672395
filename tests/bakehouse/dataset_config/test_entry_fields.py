import pytest

from bakehouse.dataset_config.entry_fields import EntryFields, ParquetBlock


def test_a_dataset_needs_no_more_than_a_name() -> None:
    fields = EntryFields(id="cats")
    assert (fields.resolution, fields.resolution_type, fields.caption_strategy) == (
        1024,
        "pixel_area",
        "filename",
    )
    with pytest.raises(AttributeError):
        fields.crop = True  # type: ignore[misc]  # that is what is tested


def test_a_tables_columns_are_those_of_the_document() -> None:
    assert (ParquetBlock().width_column, ParquetBlock().height_column) == ("width", "height")
