import io
import zipfile

import pytest

from bakehouse.errors import InvalidInputError
from services.dataset.adapters.zip_directory import ZipEntry, read_directory


def entries(data: bytes) -> list[ZipEntry]:
    return list(read_directory(lambda start, length: data[start : start + length], len(data)))


def packed(*names: str, comment: bytes = b"") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            with archive.open(name, "w", force_zip64=True) as file:
                file.write(name.encode() * 99)
        archive.comment = comment
    return sink.getvalue()


def test_the_directory_says_what_zipfile_says() -> None:
    data = packed("a.png", "folder/é.txt", "folder/deep/", comment=b"of cats")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        expected = [
            (i.filename, i.file_size, i.compress_size, i.CRC, i.header_offset) for i in archive.infolist()
        ]
    found = entries(data)
    assert [(e.name, e.size_bytes, e.compressed_bytes, e.crc32, e.offset) for e in found] == expected
    assert [entry.is_folder for entry in found] == [False, False, True]


def test_what_stands_before_an_archive_shifts_it() -> None:
    data = packed("a.png")
    assert entries(b"MZ" * 99 + data)[0].offset == entries(data)[0].offset + 198


@pytest.mark.parametrize("cut", [1, 5, 21, 22, 60])
def test_an_archive_that_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(InvalidInputError, match="archive"):
        entries(packed("a.png")[:-cut])
