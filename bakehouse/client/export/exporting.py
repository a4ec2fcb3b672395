"""Exports a snapshot: streams its kept samples, fetches their pictures, writes captions and configuration."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bakehouse.client.export.folder import ExportFolder
from bakehouse.client.export.metadata import Tell, metadata_rows
from bakehouse.client.export.places import Layout, Place, Places
from bakehouse.client.export.settings import (
    DATALOADER,
    KOHYA_CONFIG,
    ExportedEntry,
    dataloader,
    folder_of,
    kohya_config,
)
from bakehouse.client.snapshot_values import Sample
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, NotFoundError, StateError

if TYPE_CHECKING:
    from bakehouse.client.client import Client  # which imports this

_AT_ONCE = 8
_CHUNK = 256

Progress = Callable[[int], None]
"""Told, in the thread of the caller, how many pictures are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWish:
    """What is exported and how.

    Args:
        layout: how files lie.
        where: a filter of samples, beside those that are not kept.
        captions: the manifest whose captions are taken; None for the snapshot's own.
        made: pictures that were made for this by sample (id, as a PNG); None for the sources as they are.
    """

    layout: Layout = Layout.FOLDER
    where: str = ""
    captions: Digest | None = None
    made: Mapping[str, Digest] | None = None


@dataclass(slots=True, kw_only=True)
class Exported:
    """What an export did: pictures that there are now, files that were written, without captions.

    `rounded` are datasets whose repeats are fractions, which kohya's folders can't say.
    """

    num_pictures: int = 0
    num_written: int = 0
    num_uncaptioned: int = 0
    datasets: list[str] = field(default_factory=list)
    rounded: list[str] = field(default_factory=list)


def export_snapshot(
    client: "Client", snapshot: str, folder: Path, wish: ExportWish, *, progress: Progress | None = None
) -> Exported:
    """Write the kept samples of a snapshot below `folder`. Done again, it goes on where it ended.

    Raises:
        NotFoundError: the snapshot is not there.
        StateError: a file is there with other contents; nothing of it is changed.
        InvalidInputError: nothing is kept, or captions can't be written in this layout.
    """
    export = _Export(client, snapshot, ExportFolder(folder), wish)
    return export.run(progress or (lambda _: None))


class _Export:
    def __init__(self, client: "Client", snapshot: str, folder: ExportFolder, wish: ExportWish) -> None:
        self._client = client
        self._snapshot = snapshot
        self._project = snapshot.split("/")[1]
        self._folder = folder
        self._wish = wish
        self._options = _entry_options(client, snapshot)
        ids = [counted.dataset for counted in client.snapshots.summary(snapshot).datasets]
        self._folders = {entry: folder_of(wish.layout, entry, self._options.get(entry, {})) for entry in ids}
        self._places = Places(wish.layout, self._folders)
        self._lines: set[str] = set()
        self._variants: set[str] = set()
        self._done = Exported()

    def run(self, progress: Progress) -> Exported:
        where = " AND ".join(["state = kept", *([self._wish.where] if self._wish.where else [])])
        samples = self._client.snapshots.samples(self._snapshot, where, captions=self._wish.captions)
        with ExitStack() as stack:
            tell = stack.enter_context(metadata_rows(self._folder, self._wish.layout))
            pool = stack.enter_context(ThreadPoolExecutor(_AT_ONCE))
            while chunk := list(islice(samples, _CHUNK)):
                placed = [(sample, self._place(sample)) for sample in chunk]
                files = {place.name: place for _, place in placed}
                self._done.num_written += sum(pool.map(self._fetch, files.values()))
                for sample, place in placed:
                    self._tell(sample, place, tell)
                progress(self._done.num_pictures)
        if not self._done.num_pictures:
            raise InvalidInputError(f"{self._snapshot}: no sample that is kept passes; nothing is exported")
        self._configure()
        return self._done

    def _place(self, sample: Sample) -> Place:
        if self._wish.made is None:
            if sample.digest is None:
                raise StateError(f"{sample.dataset}/{sample.file}: it is kept and has no file; report a bug")
            return self._places.place(sample, sample.digest)
        digest = self._wish.made.get(sample.sample_id)
        if digest is None:
            raise StateError(f"{sample.dataset}/{sample.file}: no picture was made of it; export again")
        return self._places.place(sample, digest, suffix=".png")

    def _fetch(self, place: Place) -> bool:
        download = partial(self._client.blobs.download, place.digest, project=self._project)
        return self._folder.fetch(place.name, place.digest, download)

    def _tell(self, sample: Sample, place: Place, tell: Tell) -> None:
        self._done.num_pictures += 1
        self._done.num_uncaptioned += not sample.texts
        if sample.dataset not in self._done.datasets:
            self._done.datasets.append(sample.dataset)
        if not self._wish.layout.has_text_files:
            folder = self._folders[sample.dataset]
            tell(folder, _row(sample, place, folder))
        elif sample.texts:
            self._check_lines(sample)
            self._done.num_written += self._folder.put_text(place.text_name, "\n".join(sample.texts) + "\n")

    def _check_lines(self, sample: Sample) -> None:
        """A text file has a caption a line, or one of several lines: a dataset can't have both."""
        if any("\n" in text for text in sample.texts):
            self._lines.add(sample.dataset)
        if len(sample.texts) > 1:
            self._variants.add(sample.dataset)
        if sample.dataset in self._lines & self._variants:
            raise InvalidInputError(
                f"dataset {sample.dataset} has captions of several lines, and several captions for one "
                "picture: text files can't say both; use --layout imagefolder or parquet"
            )

    def _configure(self) -> None:
        entries = [
            ExportedEntry(
                id=entry,
                folder=self._folders[entry],
                options=self._options.get(entry, {}),
                has_lines=entry in self._lines,
            )
            for entry in sorted(self._done.datasets)
        ]
        if self._wish.layout is Layout.KOHYA:
            self._folder.put_text(KOHYA_CONFIG, kohya_config(entries))
            self._done.rounded = [entry.id for entry in entries if entry.is_rounded]
        elif self._wish.made is None:
            self._folder.put_text(DATALOADER, dataloader(self._wish.layout, entries))


def _entry_options(client: "Client", snapshot: str) -> dict[str, Mapping[str, Any]]:
    """The options of each dataset as the snapshot's job was asked for them; none where that is gone."""
    try:
        spec = client.jobs.get(client.snapshots.get(snapshot).job).spec or {}
    except NotFoundError:
        return {}
    return {str(entry["id"]): entry for entry in spec.get("entries", ()) if "id" in entry}


def _row(sample: Sample, place: Place, folder: str) -> dict[str, Any]:
    """What metadata say of a picture: a row of the same columns for each."""
    crop = sample.crops[0]
    return {
        "file_name": place.name.removeprefix(f"{folder}/"),
        "text": sample.texts[0] if sample.texts else "",
        "captions": list(sample.texts),
        "dataset": sample.dataset,
        "sha256": place.digest,
        "width": sample.width,
        "height": sample.height,
        "bucket": [crop.width, crop.height],
        "crop": [crop.x, crop.y, crop.resize_width, crop.resize_height],
    }
