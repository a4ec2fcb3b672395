"""Writes the report of a snapshot: samples are streamed, their small pictures put into the page."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from bakehouse.client.data_urls import data_url, is_shown_by_browsers
from bakehouse.client.report.page import dataset_sections, head, write_document
from bakehouse.client.report.story import Cut, DatasetStory, SetAside, Unshown, UsedPicture
from bakehouse.client.snapshot_values import Sample
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, StateError

if TYPE_CHECKING:
    from bakehouse.client.client import Client  # which imports this

MOST_SHOWN = 300  # of an entry, and of those that are set aside: a page of thousands shows nobody anything

_AT_ONCE = 8
_MOST_BYTES = 512 << 10  # of a picture that has no thumbnail


def write_report(client: "Client", snapshot: str, path: Path, *, title: str, lead: str = "") -> None:
    """Write a page on a snapshot: its buckets, its pictures with their cuts and captions, what is set aside.

    Raises:
        NotFoundError: the snapshot is not there.
        StateError: `path` is there already.
        InvalidInputError: `path` can't be written.
    """
    project = snapshot.split("/")[1]
    shown, counts, unshown = _chosen(client.snapshots.samples(snapshot))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        pictures = list(pool.map(lambda sample: _picture(client, sample, project), shown))
    firsts: dict[str, str] = {}
    used: list[UsedPicture] = []
    set_aside: list[SetAside] = []
    for sample, picture in sorted(zip(shown, pictures, strict=True), key=lambda pair: _place(pair[0])):
        if sample.is_kept:
            own = f"{sample.dataset}/{sample.file}"
            first = firsts.setdefault(sample.digest or own, own)
            used.append(_used(sample, picture, same_as="" if first == own else first))
        else:
            set_aside.append(_set_aside(sample, picture))
    story = DatasetStory(
        title=title, lead=lead or _lead(counts), used=used, set_aside=set_aside, unshown=unshown
    )
    facts = [
        (str(counts["kept"]), "pictures used"),
        (str(counts.total() - counts["kept"]), "set aside"),
        (str(len(story.buckets())), "buckets"),
    ]
    page = write_document(title, [head(title, story.lead, facts, foot=snapshot), *dataset_sections(story)])
    _write(path, page)


def _chosen(samples: Iterable[Sample]) -> tuple[list[Sample], Counter[str], Unshown]:
    """Those that are shown, how many there are in each state, and those that are not shown in numbers."""
    shown: list[Sample] = []
    places = Counter[tuple[str, tuple[int, int]]]()
    counts, rooms = Counter[str](), Counter[tuple[str, bool]]()
    for sample in samples:
        counts[sample.state] += 1
        room = (sample.dataset if sample.is_kept else "", sample.is_kept)
        rooms[room] += 1
        if rooms[room] <= MOST_SHOWN:
            shown.append(sample)
        elif sample.is_kept:
            places[sample.dataset, (sample.crops[0].width, sample.crops[0].height)] += 1
    num_out = max(0, rooms["", False] - MOST_SHOWN)
    return shown, counts, Unshown(used=places, set_aside=num_out)


def _lead(counts: Counter[str]) -> str:
    told = f"{counts['kept']} of {counts.total()} pictures are used."
    if counts.total() > MOST_SHOWN:
        told += f" Of each dataset at most {MOST_SHOWN} are shown."
    return told


def _picture(client: "Client", sample: Sample, project: str) -> str:
    """A data URL of a small picture; empty where there is none that a browser shows."""
    if sample.thumbnail is not None:
        return data_url(client.blobs.read(sample.thumbnail, project=project), "image/jpeg")
    whole = sample.picture
    media_type = sample.media_type if whole == sample.digest else "image/png"
    if whole is None or not is_shown_by_browsers(media_type) or not _is_short(client, whole, project):
        return ""
    return data_url(client.blobs.read(whole, project=project), media_type)


def _is_short(client: "Client", digest: Digest, project: str) -> bool:
    return client.blobs.size_bytes(digest, project=project) <= _MOST_BYTES


def _used(sample: Sample, picture: str, *, same_as: str) -> UsedPicture:
    crop = sample.crops[0]
    texts: Iterator[str] = iter(sample.texts)
    return UsedPicture(
        name=sample.file,
        entry=sample.dataset,
        format=sample.format or sample.media_type,
        size=(sample.width, sample.height),
        bucket=(crop.width, crop.height),
        cut=Cut(
            left=crop.x / crop.resize_width,
            top=crop.y / crop.resize_height,
            width=crop.width / crop.resize_width,
            height=crop.height / crop.resize_height,
        ),
        caption=next(texts, ""),
        picture=picture,
        is_prior=sample.prior,
        same_as=same_as,
    )


def _set_aside(sample: Sample, picture: str) -> SetAside:
    return SetAside(
        name=sample.file, entry=sample.dataset, reason=sample.reason, detail=sample.detail, picture=picture
    )


def _place(sample: Sample) -> tuple[str, str, int]:
    return sample.dataset, sample.file, sample.part


def _write(path: Path, page: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(page)
    except FileExistsError as error:
        raise StateError(f"{path} is there already; name another file") from error
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}; name a file that can be written") from error
