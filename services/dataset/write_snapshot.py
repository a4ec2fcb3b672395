"""Finalises a snapshot: puts probes, texts and rules together and writes its tables."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from typing import Any

from bakehouse.cache.once import Once
from bakehouse.cache.shards import IndexEntry, entries_of
from bakehouse.canonical_json import Json, canonical_digest
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.failures import ItemFailure
from bakehouse.jobs.stage import FinaliseRequest
from bakehouse.manifest.header import Manifest
from bakehouse.manifest.schema import KEPT, TABLES, row_batches
from bakehouse.manifest.store import save_manifest
from bakehouse.manifest.table import TableRef
from bakehouse.manifest.writing import TableWriter
from services.dataset.domain.bucketing import BUCKETING_REVISION
from services.dataset.domain.cuts import CropBy
from services.dataset.domain.listing import ListedImage
from services.dataset.domain.probe import DECODE_DIGEST, PROBE_KIND
from services.dataset.domain.sample import (
    MAX_TEXT_BYTES,
    NO_TEXT,
    Found,
    Sample,
    TextFile,
    make_samples,
)
from services.dataset.entries import Entry, parse_snapshot
from services.dataset.plan_snapshot import images_of
from services.dataset.probes import Probes
from services.dataset.set_aside import LeftOut, SetAside, named
from services.dataset.spool import Spool

_CHUNK_ITEMS = 2048
_READERS = 16
_TABLES = ("samples", "buckets", "captions")


def write_snapshot(request: FinaliseRequest) -> Json:
    """The snapshot's manifest, its counts, and what was asked for without having work here.

    Raises:
        InvalidInputError: no picture of an entry can be used.
    """
    spec = parse_snapshot(request.spec)
    once: Once[str] = Once(request.blobs, kind=PROBE_KIND, encoder=DECODE_DIGEST, scratch=request.scratch)
    entries, failures = _results(request)
    once.publish(entries)  # before anything is refused below: what was probed stays known
    probes = Probes(request.blobs, once.locate(_hits(request), entries), failures)
    counts, buckets = Counter[str](), Counter[str]()
    set_aside: list[SetAside] = []
    with ExitStack() as stack:
        spools = {name: stack.enter_context(Spool(request.scratch)) for name in _TABLES}
        for entry in spec.entries:
            left_out = LeftOut()
            samples = left_out.watch(_samples(request, entry, spec.seed, probes))
            found = _spool(samples, spools, buckets)
            if not found[KEPT]:
                raise InvalidInputError(f"dataset {entry.spec.id}: {left_out.why_nothing(found)}")
            counts += found
            set_aside += left_out.named
        tables = _write_tables(request, spools)
    manifest = Manifest(
        stage="snapshot", revision=BUCKETING_REVISION, spec=canonical_digest(request.spec), tables=tables
    )
    ref = save_manifest(request.blobs, manifest)
    return {
        "manifest": {"blob": ref.blob, "content": ref.content},
        "counts": dict(sorted(counts.items())),
        "set_aside": named(set_aside),
        "buckets": dict(sorted(buckets.items())),
        "entries": {
            entry.spec.id: {"repeats": entry.spec.repeats, "prior": entry.spec.is_regularisation_data}
            for entry in spec.entries
        },
        "replaced": [replaced.to_json() for replaced in spec.replaced],
    }


def _results(request: FinaliseRequest) -> tuple[list[IndexEntry], dict[str, ItemFailure]]:
    entries: list[IndexEntry] = []
    failures: dict[str, ItemFailure] = {}
    for result in request.results:
        failures |= {failure.item: failure for failure in result.failures}
        if result.outputs is not None:
            entries += entries_of(result.outputs)
    return entries, failures


def _hits(request: FinaliseRequest) -> Digest:
    context: Any = request.plan.context
    return Digest(context["hits"])


def _samples(request: FinaliseRequest, entry: Entry, seed: int, probes: Probes) -> Iterator[Sample]:
    images = images_of(request.blobs, entry)
    with ThreadPoolExecutor(_READERS) as readers:
        while chunk := list(islice(images, _CHUNK_ITEMS)):
            found = probes.find([image.file.digest for image in chunk], with_face=entry.wants_faces)
            texts = _texts(request, entry, chunk, readers)
            files = [
                Found(
                    image=image,
                    probe=probe,
                    text=texts.get(image.text.digest, NO_TEXT) if image.text else NO_TEXT,
                )
                for image, probe in zip(chunk, found, strict=True)
            ]
            yield from make_samples(entry.spec, entry.rules, files, seed=seed)


def _texts(
    request: FinaliseRequest, entry: Entry, images: list[ListedImage], readers: ThreadPoolExecutor
) -> dict[Digest, TextFile]:
    """The text files that the captions of `images` are made of, by digest; many are read at a time."""
    if entry.spec.caption_strategy != "textfile" or entry.spec.only_instance_prompt:
        return {}
    files = {image.text.digest: image.text.size_bytes for image in images if image.text}
    short = [digest for digest, size_bytes in files.items() if size_bytes <= MAX_TEXT_BYTES]
    texts = dict.fromkeys(files, TextFile(problem="too_large"))
    read = readers.map(request.blobs.get, short)
    return texts | {digest: TextFile(data=data) for digest, data in zip(short, read, strict=True)}


def _spool(samples: Iterator[Sample], spools: Mapping[str, Spool], buckets: Counter[str]) -> Counter[str]:
    counts = Counter[str]()
    for sample in samples:
        _count(sample, counts, buckets)
        for name, rows in sample.rows.items():
            spools[name].add(rows)
    return counts


def _count(sample: Sample, counts: Counter[str], buckets: Counter[str]) -> None:
    (row,) = sample.rows["samples"]
    counts[KEPT if row["state"] == KEPT else f"{row['state']}.{row['reason']}"] += 1
    if row["state"] != KEPT:
        return
    buckets.update(f"{cut['bucket_width']}x{cut['bucket_height']}" for cut in sample.rows["buckets"])
    counts["no_face"] += any(cut["crop_by"] == CropBy.RANDOM_NO_FACE for cut in sample.rows["buckets"])
    said = [caption for caption in sample.rows["captions"] if caption["state"] == KEPT]
    counts["captions"] += len(said)
    counts["uncaptioned"] += not said
    counts["captions.failed"] += len(sample.rows["captions"]) - len(said)


def _write_tables(request: FinaliseRequest, spools: Mapping[str, Spool]) -> dict[str, TableRef]:
    writer = TableWriter(request.blobs, scratch=request.scratch)
    return {
        name: writer.write(TABLES[name], row_batches(TABLES[name], spool.rows()))
        for name, spool in spools.items()
    }
