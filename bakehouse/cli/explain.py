"""`bakehouse explain`: one picture's whole story, and a drawing of its cut."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bakehouse.cli.jobs import JsonOption, ProjectOption
from bakehouse.cli.output import put, put_json, remark

if TYPE_CHECKING:
    # For type checkers: gRPC is not for --help.
    from bakehouse.client.snapshot_values import Sample, SampleStory, SnapshotSummary

_SHOWN = 12  # of a digest
# Columns of a sample that have no line of their own.
_LOOKS = ("phash", "dhash", "sharpness", "mask", "etag")
_TRIM = ("trim_x", "trim_y", "source_width", "source_height")


def explain(  # noqa: PLR0913 - the options of a command
    image: Annotated[
        str,
        typer.Argument(metavar="IMAGE", help="A file, a name in a dataset, or the first digits of an id."),
    ],
    *,
    snapshot: Annotated[
        str, typer.Option("--snapshot", metavar="SNAPSHOT", help="Its name or digest; default: the newest.")
    ] = "",
    dataset: Annotated[
        str, typer.Option("--dataset", metavar="ID", help="Whose, where several have it.")
    ] = "",
    drawing: Annotated[
        Path | None,
        typer.Option(
            "--drawing",
            metavar="FILE",
            help="Where to draw; default: NAME.explained.svg.",
            show_default=False,
        ),
    ] = None,
    no_drawing: Annotated[bool, typer.Option("--no-drawing", help="Tell, and draw nothing.")] = False,
    project: ProjectOption = "default",
    as_json: JsonOption = False,
) -> None:
    """Tell what became of a picture and why: source, decoding, duplicates, bucket, cut, captions, caches.

    The drawing shows the picture with the box that is cut out, and the result beside it; a browser opens it.
    """
    from bakehouse.client.client import Client  # gRPC is not for --help
    from bakehouse.client.explaining import draw_story, find_sample  # as above

    if drawing is not None and no_drawing:
        raise typer.BadParameter("--drawing and --no-drawing: give one of them")
    with Client() as client:
        chosen = client.snapshots.find(snapshot, project)
        found = find_sample(client, chosen.name, image, dataset=dataset)
        story = client.snapshots.story(chosen.name, found.sample_id)
        if as_json:
            put_json(story, indent=2)
        else:
            for line in story_lines(story, client.snapshots.summary(chosen.name), snapshot=chosen.id):
                put(line)
        if found.is_kept and not no_drawing:
            place = drawing or Path(f"{Path(found.file).stem}.explained.svg")
            _write(place, draw_story(client, story, project=chosen.name.split("/")[1]))


def story_lines(story: "SampleStory", summary: "SnapshotSummary", *, snapshot: str) -> Iterator[str]:
    """The story, a fact a line."""
    sample = story.sample
    yield f"{sample.dataset}/{sample.file}" + (f", part {sample.part}" if sample.part else "")
    yield f"  snapshot    {snapshot[:_SHOWN]}, sample {sample.sample_id}"
    yield from _source_lines(sample)
    yield from _fate_lines(story)
    yield from _trim_lines(sample)
    for crop in sample.crops:
        yield f"  resized     {sample.width}x{sample.height} → {crop.resize_width}x{crop.resize_height} px"
        cut = f"{crop.bucket} at x {crop.x}, y {crop.y}"
        yield f"  cut         {cut} ({crop.crop_by.replace('_', ' ')})"
        yield f"  bucket      {crop.bucket}, with {_beside(sample, summary, crop.bucket)}"
    yield from _caption_lines(story)
    if sample.is_kept:
        yield f"  seen        {_times(story)}"
    yield from _cache_lines(story)


def _source_lines(sample: "Sample") -> Iterator[str]:
    if sample.uri:
        yield f"  from        {sample.uri}"
    if sample.digest is not None:
        yield f"  file        sha256 {sample.digest}, {sample.size_bytes} bytes"
    if sample.format:
        kind = "read as it is" if sample.picture == sample.digest else f"made into PNG {sample.picture}"
        yield f"  decoded     {sample.format}, {sample.width}x{sample.height} px upright, {kind}"
    looks = [f"{name} {sample.more[name]}" for name in _LOOKS if sample.more.get(name) not in {None, ""}]
    if looks:
        yield f"  looks       {', '.join(looks)}"


def _trim_lines(sample: "Sample") -> Iterator[str]:
    across, down, width, height = (sample.more.get(name) for name in _TRIM)
    if width and (width, height) != (sample.width, sample.height):
        inside = f"{sample.width}x{sample.height} px at x {across}, y {down}"
        yield f"  trimmed     {width}x{height} → {inside}"


def _fate_lines(story: "SampleStory") -> Iterator[str]:
    sample = story.sample
    why = f": {sample.reason.replace('_', ' ')}: {sample.detail}" if sample.reason else ""
    yield f"  {'used' if sample.is_kept else 'not used'}{'' if sample.is_kept else f' ({sample.state})'}{why}"
    if sample.duplicate_of:
        yield f"  duplicate   of sample {sample.duplicate_of}"
    if story.same_bytes:
        yield f"  same bytes  {len(story.same_bytes)} more: {', '.join(story.same_bytes[:3])}"
    if sample.prior:
        yield "  prior       a picture of what else there is (regularisation)"


def _caption_lines(story: "SampleStory") -> Iterator[str]:
    for caption in story.sample.captions:
        said = repr(caption.text) if caption.text else f"none: {caption.reason.replace('_', ' ')}"
        yield f"  caption     {said} ({caption.source})"
    if story.sample.is_kept and not story.sample.captions:
        yield "  caption     none in its source"
    for stage in story.stages:
        if stage.table == "captions":
            for row in stage.rows:
                yield f"  then        {row.get('text', '')!r} ({stage.stage}: {row.get('source', '')})"


def _cache_lines(story: "SampleStory") -> Iterator[str]:
    for stage in story.stages:
        if stage.table not in {"latents", "texts"}:
            continue
        for row in stage.rows:
            place = f"shard {str(row.get('shard', ''))[:_SHOWN]}, row {row.get('row', '?')}"
            failed = f"failed: {row.get('reason', '')}"
            yield f"  {stage.table:<11} {place if row.get('shard') else failed}"


def _beside(sample: "Sample", summary: "SnapshotSummary", bucket: str) -> str:
    for found in summary.buckets:
        if found.dataset == sample.dataset and f"{found.width}x{found.height}" == bucket:
            return "no other picture" if found.crops == 1 else f"{found.crops - 1} other pictures"
    return "no other picture"


def _times(story: "SampleStory") -> str:
    from bakehouse.schedule.options import passes_of  # pydantic is not for --help

    if not _is_told(story):
        return "not until it has a caption: write one, or name a tagger under captioning"
    repeats = story.entry.get("repeats") or 0
    others = {key: value for key, value in story.entry.items() if key not in {"repeats", "prior"}}
    told = "".join(f", {key} {value}" for key, value in sorted(others.items()))
    times = f"{float(passes_of(story.entry)):g} times an epoch (repeats {repeats})"
    return f"{times}{told}, more where its bucket fills no step"


def _is_told(story: "SampleStory") -> bool:
    """Whether it has a caption of its source or of a later stage."""
    return bool(story.sample.texts) or any(stage.table == "captions" and stage.rows for stage in story.stages)


def _write(path: Path, drawing: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(drawing)
    except FileExistsError:
        remark(f"{path} is there already and stays; choose another place with --drawing")
    except OSError as error:
        remark(f"{path}: {error.strerror}; choose another place with --drawing")
    else:
        remark(f"drawing: {path}")
