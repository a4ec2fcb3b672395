"""selected_tags.csv as it is published, and what may be wrong with it."""

import pytest

from bakehouse.errors import InvalidInputError
from services.captioner.domain.tag_list import Category, Tag, parse_tag_list

HEAD = b"tag_id,name,category,count\n"


def test_rows_are_tags_in_order() -> None:
    data = HEAD + b'9999999,general,9,807858\n470575,1girl,0,4225150\n1,"a,_b_(c)",4,7\n'
    assert parse_tag_list(data) == (
        Tag(name="general", category=Category.RATING),
        Tag(name="1girl", category=Category.GENERAL),
        Tag(name="a,_b_(c)", category=Category.CHARACTER),
    )


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    (tag,) = parse_tag_list(b"\xef\xbb\xbfname,category\r\n^_^,0\r\n")
    assert tag == Tag(name="^_^", category=Category.GENERAL)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "has no column category and name"),
        (b"name,count\na,1\n", "has no column category;"),
        (HEAD, "has no tags"),
        (HEAD + b"1,a,0,1\n2,b,3,1\n", "line 3: category '3' is unknown; there are 0 .general., 4"),
        (HEAD + b"1,a\n", "line 2: category None is unknown"),
        (HEAD + b"1,,0,1\n", "line 2: the tag has no name"),
        (b"\xff\xfe\x00", "is no CSV in UTF-8"),
        (HEAD + b'1,"a,0,1\n', "is no CSV in UTF-8"),
    ],
)
def test_what_is_no_tag_list_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_tag_list(data)
