from dataclasses import dataclass

import pytest

from bakehouse.errors import CorruptionError
from bakehouse.wire import UnknownSchemaError, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    name: str
    sizes: tuple[int, ...] = ()


WIRE = Wire(Thing, schema=2, what="thing")


def test_what_was_written_is_read() -> None:
    thing = Thing(name="é\n", sizes=(1, 2))
    assert WIRE.decode(WIRE.encode(thing)) == thing


def test_it_is_one_line_of_canonical_json() -> None:
    assert WIRE.encode(Thing(name="a\n")) == b'{"name":"a\\n","schema":2,"sizes":[]}'


def test_a_field_of_a_later_writer_is_passed_over() -> None:
    assert WIRE.decode(b'{"name":"a","schema":2,"colour":"red"}') == Thing(name="a")


def test_a_later_schema_is_left_alone() -> None:
    with pytest.raises(UnknownSchemaError, match="thing of schema 3; this program knows 2"):
        WIRE.decode(b'{"name":"a","schema":3}')


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"\xff", b'{"schema":2}', b'{"schema":"x"}', b'{"schema":2,"name":1}']
)
def test_what_is_no_thing_is_refused(data: bytes) -> None:
    with pytest.raises(CorruptionError, match="no thing"):
        WIRE.decode(data)
