"""Finds the sample that a person means, and draws what becomes of it."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from bakehouse.client.data_urls import data_url, is_shown_by_browsers
from bakehouse.client.drawing import Box, draw_cut
from bakehouse.client.snapshot_values import Crop, Sample, SampleStory
from bakehouse.digest import digest_chunks
from bakehouse.errors import InvalidInputError, NotFoundError, StateError

if TYPE_CHECKING:
    from bakehouse.client.client import Client  # which imports this

_ID = re.compile(r"[0-9a-f]{6,32}")
_PIECE_BYTES = 1 << 20
_MOST = 10


def find_sample(client: "Client", snapshot: str, image: str, *, dataset: str = "") -> Sample:
    """The sample that `image` means: a file of this machine, by its bytes; a name; the first digits of an id.

    The name is that in its dataset, with or without the dataset's id and a slash before it.

    Args:
        client: of the studio.
        snapshot: its name.
        image: what a person wrote.
        dataset: the id of its dataset; "" for any.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: there are several; the message names them.
    """
    own = f" AND dataset = {_quoted(dataset)}" if dataset else ""
    for where in _filters(image):
        found = list(islice(client.snapshots.samples(snapshot, where + own), _MOST + 1))
        if len({(sample.digest, sample.file) for sample in found}) == 1 or (found and dataset):
            return found[0]
        if found:
            raise InvalidInputError(
                f"{image}: {_several(found)}; choose one by its id, or with --dataset: "
                + ", ".join(f"{s.dataset}/{s.file} {s.sample_id[:8]}" for s in found[:_MOST])
            )
    raise NotFoundError(
        f"{image}: no sample of {snapshot} has these bytes, this name or this id; name another snapshot with "
        "--snapshot (bakehouse snapshots ls), or another project with --project"
    )


def draw_story(client: "Client", story: SampleStory, *, project: str, draw: int = 0) -> str:
    """The drawing of a sample's cut, as SVG.

    Raises:
        StateError: it is not used, or no browser shows its format.
        NotFoundError: its picture is gone.
    """
    sample = story.sample
    crop = next((crop for crop in sample.crops if crop.draw == draw), None)
    if crop is None:
        raise StateError(f"{sample.dataset}/{sample.file} is not used, so nothing is cut out of it")
    return draw_cut(
        _source(client, sample, project),
        (sample.width, sample.height),
        cut_box(sample, crop),
        title=f"{sample.dataset}/{sample.file}",
        captions=captions_now(story),
    )


def cut_box(sample: Sample, crop: Crop) -> Box:
    """What is cut out, in pixels of the picture before it was resized."""
    across, down = sample.width / crop.resize_width, sample.height / crop.resize_height
    return Box(
        left=crop.x * across,
        top=crop.y * down,
        width=crop.width * across,
        height=crop.height * down,
        bucket=(crop.width, crop.height),
    )


def captions_now(story: SampleStory) -> tuple[str, ...]:
    """What training is told of it: what the last stage with captions wrote, else what its source says."""
    for stage in reversed(story.stages):
        if stage.table == "captions" and (texts := [str(row.get("text", "")) for row in stage.rows]):
            return tuple(text for text in texts if text)
    return story.sample.texts


def _filters(image: str) -> Iterator[str]:
    path = Path(image).expanduser()
    if path.is_file():
        with path.open("rb") as file:
            yield f"sha256 = {digest_chunks(iter(lambda: file.read(_PIECE_BYTES), b''))}"
    yield f"file = {_quoted(image)}"
    of_dataset, _, name = image.partition("/")
    if of_dataset and name:
        yield f"file = {_quoted(name)} AND dataset = {_quoted(of_dataset)}"
    if _ID.fullmatch(image):
        yield f'sample_id = "{image}*"'
    yield f"file = {_quoted('*/' + image.rpartition('/')[2])}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _several(found: list[Sample]) -> str:
    return f"more than {_MOST} samples" if len(found) > _MOST else f"{len(found)} samples"


def _source(client: "Client", sample: Sample, project: str) -> str:
    media_type = sample.media_type if sample.picture == sample.digest else "image/png"
    if sample.picture is not None and is_shown_by_browsers(media_type):
        return data_url(client.blobs.read(sample.picture, project=project), media_type)
    if sample.thumbnail is not None:
        return data_url(client.blobs.read(sample.thumbnail, project=project), "image/jpeg")
    raise StateError(
        f"{sample.dataset}/{sample.file}: no browser shows {sample.media_type}; convert the file"
    )
