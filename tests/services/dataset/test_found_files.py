from pathlib import Path

from bakehouse.blobs.blobs import Blobs
from bakehouse.cache.once import Once
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.canonical_json import Json
from bakehouse.digest import digest_bytes
from services.dataset.domain.decoding import DECODE_DIGEST, PLAIN
from services.dataset.domain.listing import ListedFile, MissingFile, write_line
from services.dataset.domain.probe import PROBE_KIND, NoPicture, encode_probe
from services.dataset.domain.sample import MAX_TEXT_BYTES, Found
from services.dataset.entries import Entry, parse_snapshot
from services.dataset.found_files import found_files
from services.dataset.plan_snapshot import probe_keys
from services.dataset.probes import Probes
from tests.services.dataset.domain.sampling import PICTURE


def listed(name: str, *, size_bytes: int = 5, captions: tuple[str, ...] = ()) -> ListedFile:
    return ListedFile(name=name, digest=digest_bytes(name.encode()), size_bytes=size_bytes, captions=captions)


def opened(blobs: Blobs, *files: ListedFile | MissingFile, strategy: str = "textfile") -> Entry:
    listing = blobs.put(b"".join(map(write_line, sorted(files, key=lambda file: file.name))))
    entry: Json = {"id": "cats", "listing": listing, "resolution": 64, "caption_strategy": strategy}
    (found,) = parse_snapshot({"entries": [entry], "alignment": 16}).entries
    return found


def probes(blobs: Blobs, scratch: Path) -> Probes:
    """Two frames of every picture, the second of them broken."""
    probe = encode_probe([PICTURE, NoPicture(reason="broken", detail="cut off", part=1)])
    names = [f"{letter}.gif" for letter in "abcdef"]
    keys = [*probe_keys([digest_bytes(name.encode()) for name in names], PLAIN)]
    shard = write_shard(blobs, [(key, Tensor(dtype="U8", shape=(len(probe),), data=probe)) for key in keys])
    once: Once[str] = Once(blobs, kind=PROBE_KIND, encoder=DECODE_DIGEST, scratch=scratch)
    return Probes(blobs, once.locate(once.save_hits(), shard.entries), {})


def test_all_that_is_known_comes_together(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put(b"a.txt")
    gone = MissingFile(name="d.gif", reason="dead_url", detail="404")
    lost = MissingFile(name="c.txt", reason="dead_url", detail="404")
    entry = opened(
        blobs,
        listed("a.gif"),
        listed("a.txt"),
        listed("b.gif", captions=("one", "two")),
        listed("b.txt", size_bytes=MAX_TEXT_BYTES + 1),
        listed("c.gif"),
        lost,
        gone,
    )
    (chunk,) = found_files(blobs, entry, probes(blobs, tmp_path))
    assert chunk[-1] == gone
    found = [file for file in chunk if isinstance(file, Found)]
    assert [(file.image.file.name, file.probe.part) for file in found] == [
        (f"{letter}.gif", part) for letter in "abc" for part in (0, 1)
    ]
    assert found[0].text.data == b"a.txt"
    assert (found[2].text.problem, found[2].listed) == ("too_large", ("one", "two"))
    assert found[4].text.problem == "dead_url"


def test_texts_are_read_only_where_they_are_captions(blobs: Blobs, tmp_path: Path) -> None:
    entry = opened(blobs, listed("a.gif"), listed("a.txt"), strategy="filename")
    ((first, _),) = found_files(blobs, entry, probes(blobs, tmp_path))
    assert isinstance(first, Found)
    assert first.text.data is None  # the blob of a.txt is not even there
