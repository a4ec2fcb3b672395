"""`bakehouse snapshots export`: pictures and captions of a snapshot as files."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bakehouse.cli.jobs import ProjectOption
from bakehouse.cli.output import put, remark
from bakehouse.cli.snapshots import SnapshotArgument
from bakehouse.client.export.places import Layout

if TYPE_CHECKING:
    # For type checkers: gRPC is not for --help.
    from bakehouse.client.export.exporting import Exported

_WHITE = "#ffffff"


class PictureFormat(StrEnum):
    """What pictures are exported as."""

    SOURCE = "source"
    PNG = "png"


class Pad(StrEnum):
    """How pictures are padded."""

    NONE = "none"
    SQUARE = "square"


def export(  # noqa: PLR0913 - the options of a command
    snapshot: SnapshotArgument,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to; made if there is none.")],
    *,
    layout: Annotated[
        Layout, typer.Option(case_sensitive=False, metavar="LAYOUT", help=", ".join(Layout))
    ] = Layout.FOLDER,
    picture_format: Annotated[
        PictureFormat,
        typer.Option(
            "--format", case_sensitive=False, help="source: the files as they are; png: upright, sRGB."
        ),
    ] = PictureFormat.SOURCE,
    pad: Annotated[
        Pad, typer.Option(case_sensitive=False, help="square: on a square, in the middle.")
    ] = Pad.NONE,
    background: Annotated[
        str, typer.Option(metavar="#RRGGBB", help="With --pad; default: #ffffff.", show_default=False)
    ] = "",
    where: Annotated[
        str, typer.Option("--filter", metavar="FILTER", help="Only some: 'dataset = cats AND width >= 512'.")
    ] = "",
    captions: Annotated[
        str,
        typer.Option("--captions", metavar="PIPELINE", help="Captions as this pipeline's tagger wrote them."),
    ] = "",
    project: ProjectOption = "default",
) -> None:
    """Write the pictures that a snapshot uses, with their captions, as files that other tools read.

    Nothing that is there is overwritten; done again, it goes on where it ended. What is exported as source
    can be baked again from dataloader.json, or kohya's folders, and gives the same samples.
    """
    from bakehouse.cli.names import pipeline_named  # gRPC is not for --help
    from bakehouse.client.client import Client  # as above
    from bakehouse.client.export.exporting import ExportWish, export_snapshot  # as above
    from bakehouse.client.export.rendering import render_pictures, tagged_captions  # as above

    if pad is not Pad.NONE and picture_format is not PictureFormat.PNG:
        raise typer.BadParameter("--pad goes with --format png; sources stay as they are")
    if background and pad is Pad.NONE:
        raise typer.BadParameter("--background goes with --pad square; nothing else is filled")
    with Client() as client:
        found = client.snapshots.find(snapshot, project)
        told = client.pipelines.get(str(pipeline_named(captions, project))) if captions else None
        made = None
        if picture_format is PictureFormat.PNG:
            made = render_pictures(client, found, pad=str(pad), background=background or _WHITE)
        wish = ExportWish(
            layout=layout,
            where=where,
            captions=tagged_captions(told, found) if told is not None else None,
            made=made,
        )
        done = export_snapshot(client, found.name, folder, wish)
    _tell(folder, done)


def _tell(folder: Path, done: "Exported") -> None:
    named = ", ".join(done.datasets)
    put(f"{folder}: {done.num_pictures} pictures of {named}; {done.num_written} files written")
    if done.num_uncaptioned:
        remark(f"warning: {done.num_uncaptioned} of them have no caption")
    if done.rounded:
        remark(f"warning: kohya's repeats are whole: those of {', '.join(done.rounded)} are rounded")
