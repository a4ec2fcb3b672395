"""A tagger's selected_tags.csv: row n names output n. Names are kept as they are there."""

import csv
import io
from dataclasses import dataclass
from enum import IntEnum

from bakehouse.errors import InvalidInputError


class Category(IntEnum):
    """What a tag is of, by Danbooru's numbers and WD14's 9."""

    GENERAL = 0
    CHARACTER = 4
    RATING = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One row."""

    name: str
    category: Category


def parse_tag_list(data: bytes) -> tuple[Tag, ...]:
    """The rows of a selected_tags.csv, in their order.

    Raises:
        InvalidInputError: it is no such table; the message names the line.
    """
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        if missing := {"name", "category"} - set(rows.fieldnames or ()):
            raise InvalidInputError(
                f"selected_tags.csv has no column {' and '.join(sorted(missing))}; give the file that was "
                "published with the model"
            )
        tags = tuple(_tag(row, line=rows.line_num) for row in rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(
            f"selected_tags.csv is no CSV in UTF-8 ({error}); give the file that was published with the model"
        ) from error
    if not tags:
        raise InvalidInputError(
            "selected_tags.csv has no tags; give the file that was published with the model"
        )
    return tags


def _tag(row: dict[str, str | None], *, line: int) -> Tag:
    name, category = row["name"], row["category"]
    try:
        known = Category(int(category or ""))
    except ValueError:
        choices = ", ".join(f"{one.value} ({one.name.lower()})" for one in Category)
        raise InvalidInputError(
            f"selected_tags.csv, line {line}: category {category!r} is unknown; there are {choices}"
        ) from None
    if not name:
        raise InvalidInputError(f"selected_tags.csv, line {line}: the tag has no name; give it one")
    return Tag(name=name, category=known)
