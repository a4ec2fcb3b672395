import io
import random
import stat
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakehouse.blobs.blobs import Blobs
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, NotFoundError
from services.dataset.adapters.archives import ZipSource
from services.dataset.ports import FetchFailedError
from services.dataset.source_specs import ZipSpec
from tests.services.dataset.ingesting import fetch_all, look


def opened(blobs: Blobs, data: bytes) -> ZipSource:
    return ZipSource(ZipSpec(archive=blobs.put(data)), blobs)


def packed(files: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_pictures_and_texts_become_blobs(blobs: Blobs, method: int) -> None:
    large = random.Random(1).randbytes(3 << 20)
    files = {"a/b.png": large, "a/b.txt": b"a cat", "c.jpg": b"", "notes.md": b"no", "__MACOSX/c.jpg": b"no"}
    source = opened(blobs, b"a program that unpacks it" + packed(files, method=method))
    fetched = fetch_all(source, blobs)
    assert {name: blobs.get(found.digest) for name, found in fetched.items()} == {
        "a/b.png": large,
        "a/b.txt": b"a cat",
        "c.jpg": b"",
    }
    assert look(source)[1] == {}


def test_names_may_be_in_any_coding(blobs: Blobs) -> None:
    data = packed({"caf\u00e9.png": b"1"}).replace("caf\u00e9".encode(), b"caf\x82\x82")
    for old in (b"\x00\x08",):  # the flag that says UTF-8
        data = data.replace(old, b"\x00\x00")
    assert [item.name for item in look(opened(blobs, data))[0]] == ["caf\u00e9\u00e9.png"]
    assert [i.name for i in look(opened(blobs, packed({"🎂\\b.png": b"1"})))[0]] == ["🎂/b.png"]


def test_hostile_entries_are_refused_with_their_reasons(blobs: Blobs) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in ("../../etc/cron.png", "/etc/a.png", "C:/a.png", "a//b.png", "bell\x07.png", "in.zip"):
            archive.writestr(name, b"1")
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("fine.png", b"1")
    source = opened(blobs, sink.getvalue())
    items, refused = look(source)
    assert [item.name for item in items] == ["fine.png"]
    assert refused == {
        "../../etc/cron.png": "unsafe_name",
        "/etc/a.png": "unsafe_name",
        "C:/a.png": "unsafe_name",
        "a//b.png": "unsafe_name",
        "bell\\x07.png": "unsafe_name",
        "in.zip": "nested_archive",
        "link.png": "link",
    }


def changed(data: bytes, field: int, value: bytes) -> bytes:
    """The archive with a field of its first directory entry changed."""
    at = data.index(b"PK\x01\x02") + field
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (8, b"\x01\x00", "encrypted"),
        (10, b"\x0e\x00", "unknown_compression"),
        (24, struct.pack("<L", 600 << 20), "too_large"),
        (24, b"\x00\x00\x00\x00", "fetch: broken"),  # says that it unpacks to nothing
        (24, struct.pack("<L", 9999), "fetch: broken"),
        (16, b"\x00\x00\x00\x00", "fetch: broken"),  # another checksum
        (42, struct.pack("<L", 7), "fetch: broken"),  # where no header is
    ],
)
def test_what_can_not_be_unpacked_is_told(blobs: Blobs, field: int, value: bytes, reason: str) -> None:
    data = packed({"a.png": b"a picture" * 99, "b.png": b"2"})
    source = opened(blobs, changed(data, field, value))
    items, refused = look(source)
    if reason.startswith("fetch: "):
        with pytest.raises(FetchFailedError) as failed:
            source.fetch(items[0], blobs)
        assert f"fetch: {failed.value.reason}" == reason
        assert failed.value.is_lasting
    else:
        assert refused == {"a.png": reason}
    assert items[-1].name == "b.png"


def test_entries_that_share_bytes_are_a_bomb(blobs: Blobs) -> None:
    data = packed({f"{n}.png": bytes(100_000) for n in range(3)})
    first = data.index(b"PK\x01\x02")
    entry = data[first : data.index(b"PK\x01\x02", first + 4)]
    num = 5000
    directory = entry * num
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, num, num, len(directory), first, 0)
    with pytest.raises(InvalidInputError, match="lie over each other, as in a zip bomb"):
        look(opened(blobs, data[:first] + directory + end))


def test_an_archive_unpacks_to_so_much_and_no_more(blobs: Blobs) -> None:
    data = packed({f"{n}.bmp": bytes(999) for n in range(4)}, method=zipfile.ZIP_STORED)
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:  # they say what they are: deflated, of 400 MiB
        data = (
            data[: at + 10]
            + b"\x08\x00"
            + data[at + 12 : at + 24]
            + struct.pack("<L", 400 << 20)
            + data[at + 28 :]
        )
    items, refused = look(opened(blobs, data))
    assert [item.name for item in items] == ["0.bmp", "1.bmp"]
    assert refused == {"2.bmp": "bomb", "3.bmp": "bomb"}


def test_many_entries_are_read_in_flat_memory_and_too_many_refused(blobs: Blobs) -> None:
    data = packed({"a.png": b"1"})
    first = data.index(b"PK\x01\x02")
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 46 * 2_000_000, first, 0)
    at = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2_000_000, 2_000_000, 92_000_000, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 92_000_000, 1)
    with pytest.raises(InvalidInputError, match="2000000 entries; at most 1000000"):
        look(opened(blobs, bytes(92_000_000) + at + locator + end))


def many(num: int) -> bytes:
    """An archive of so many empty files."""
    directory = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0)
        + b"%07d.png" % number
        for number in range(num)
    )
    start, size = 30 * num, len(directory)
    end_64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, num, num, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, start + size, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return bytes(start) + directory + end_64 + locator + end


def test_an_archive_of_over_65535_entries_is_read(blobs: Blobs) -> None:
    items, _ = look(opened(blobs, many(100_000)))
    assert [items[0].name, items[-1].name, len(items)] == ["0000000.png", "0099999.png", 100_000]


@pytest.mark.parametrize("data", [b"", b"PK", b"GIF89a", packed({"a.png": b"1"})[:-30], b"PK\x05\x06" * 9])
def test_what_is_no_archive_is_refused(blobs: Blobs, data: bytes) -> None:
    with pytest.raises(InvalidInputError, match="archive"):
        look(opened(blobs, data))


def test_an_archive_that_is_not_there_is_named(blobs: Blobs) -> None:
    with pytest.raises(NotFoundError):
        ZipSource(ZipSpec(archive=digest_bytes(b"gone")), blobs)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), num=st.integers(1, 12))
def test_a_damaged_archive_gives_bytes_or_a_reason(blobs: Blobs, seed: int, num: int) -> None:
    rng = random.Random(seed)
    data = bytearray(packed({"a.png": b"a picture" * 50, "b/c.txt": b"a cat", "d.jpg": rng.randbytes(99)}))
    for _ in range(num):
        data[rng.randrange(len(data))] = rng.randrange(256)
    try:
        source = opened(blobs, bytes(data[: rng.randint(len(data) // 2, len(data))]))
        items, _ = look(source)
    except InvalidInputError:
        return
    for item in items:
        try:
            source.fetch(item, blobs)
        except FetchFailedError as error:
            assert error.detail  # noqa: PT017 - either is fine
