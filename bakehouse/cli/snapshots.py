"""`bakehouse snapshots`: listed, named, pinned, compared, traced, exported."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from bakehouse.cli.jobs import JsonOption, ProjectOption
from bakehouse.cli.output import put, put_json, put_table, remark, time_text

if TYPE_CHECKING:
    # For type checkers: gRPC is not for --help.
    from bakehouse.client.snapshot_values import LineageNode, SampleChange, SnapshotLineage

app = typer.Typer(no_args_is_help=True, help="Snapshots: list, name, pin, compare, trace, export.")

SnapshotArgument = Annotated[
    str,
    typer.Argument(
        metavar="SNAPSHOT", help="A name that somebody gave it, or the first digits of its digest."
    ),
]
_SHOWN = 12


@app.command("ls")
def list_snapshots(
    *,
    project: ProjectOption = "default",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List a project's snapshots, the newest first, with their names."""
    from bakehouse.client.client import Client  # gRPC is not for --help

    with Client() as client:
        found = list(islice(client.snapshots.list(project), limit))
        refs = list(client.snapshots.refs.list(project))
    if as_json:
        put_json({"snapshots": found, "names": refs}, indent=2)
        return
    names: dict[str, list[str]] = {}
    for ref in refs:
        names.setdefault(ref.snapshot, []).append(f"{ref.id} (pinned)" if ref.pinned else ref.id)
    rows = [
        [
            snapshot.id[:_SHOWN],
            str(snapshot.counts.get("kept", 0)),
            time_text(snapshot.create_time),
            ", ".join(names.get(snapshot.name, ())),
        ]
        for snapshot in found
    ]
    put_table(["SNAPSHOT", "USED", "CREATED", "NAMES"], rows)


@app.command("name")
def name_snapshot(
    snapshot: SnapshotArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="1 to 63 of a-z, 0-9 and -.")] = "",
    *,
    move: Annotated[bool, typer.Option("--move", help="Take the name from another snapshot.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take the name SNAPSHOT away; the snapshot stays.")
    ] = False,
    project: ProjectOption = "default",
) -> None:
    """Give a snapshot a name. What has one is never swept away."""
    from bakehouse.client.client import Client  # gRPC is not for --help
    from bakehouse.rpc.names import SNAPSHOT_REFS, ResourceName  # as above

    if remove == bool(name) or (remove and move):
        raise typer.BadParameter("give SNAPSHOT and NAME, or the name alone with --remove")
    ref = str(ResourceName(project=project, collection=SNAPSHOT_REFS, id=name or snapshot))
    with Client() as client:
        if remove:
            client.snapshots.refs.delete(ref)
            remark(f"{snapshot} is no name any more")
            return
        found = client.snapshots.find(snapshot, project)
        if move:
            client.snapshots.refs.move(ref, found.name)
        else:
            client.snapshots.refs.create(name, found.name)
        put(f"{name} is {found.id[:_SHOWN]}")


@app.command("pin")
def pin_snapshot(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name; a snapshot without one gets one.")],
    *,
    off: Annotated[bool, typer.Option("--off", help="Release it.")] = False,
    project: ProjectOption = "default",
) -> None:
    """Hold a name where it is: it neither moves nor goes until it is released."""
    from bakehouse.client.client import Client  # gRPC is not for --help
    from bakehouse.errors import NotFoundError  # as above
    from bakehouse.rpc.names import SNAPSHOT_REFS, ResourceName  # as above

    with Client() as client:
        refs = client.snapshots.refs
        try:
            ref = refs.pin(
                str(ResourceName(project=project, collection=SNAPSHOT_REFS, id=name)), pinned=not off
            )
        except NotFoundError:
            if off:
                raise
            found = client.snapshots.find(name, project)
            ref = refs.create(f"pin-{found.id[:_SHOWN]}", found.name, pinned=True)
    put(f"{ref.id} is {'pinned to' if ref.pinned else 'released; it is'} {_id(ref.snapshot)[:_SHOWN]}")


@app.command("diff")
def diff_snapshots(
    before: SnapshotArgument,
    after: SnapshotArgument,
    *,
    project: ProjectOption = "default",
    as_json: JsonOption = False,
) -> None:
    """Tell what changed from one snapshot to another: added, removed, edited, recaptioned, rebucketed ..."""
    from bakehouse.client.client import Client  # gRPC is not for --help

    counts: dict[str, int] = {}
    with Client() as client:
        old, new = (client.snapshots.find(text, project) for text in (before, after))
        for change in client.snapshots.diff(old.name, new.name):
            for kind in change.kinds:
                counts[kind] = counts.get(kind, 0) + 1
            if as_json:
                put_json(change)
            else:
                put(change_line(change))
    told = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    remark(told or "nothing changed")


@app.command("lineage")
def show_lineage(
    snapshot: SnapshotArgument = "", *, project: ProjectOption = "default", as_json: JsonOption = False
) -> None:
    """Tell where a snapshot comes from, and what was made of it."""
    from bakehouse.client.client import Client  # gRPC is not for --help

    with Client() as client:
        found = client.snapshots.lineage(client.snapshots.find(snapshot, project).name)
    if as_json:
        put_json(found, indent=2)
        return
    for line in lineage_lines(found):
        put(line)


def change_line(change: "SampleChange") -> str:
    """What changed of a sample, in a line: its place, then each change with both sides."""
    there = change.after or change.before
    place = f"{there.dataset}/{there.file}" if there else change.sample_id
    said = []
    for kind in change.kinds:
        text = str(kind)
        if change.before is not None and change.after is not None:
            sides = [_side(kind, sample) for sample in (change.before, change.after)]
            text += f" ({sides[0]} → {sides[1]})" if any(sides) else ""
        said.append(text)
    return f"{place}: {', '.join(said)}"


def lineage_lines(found: "SnapshotLineage") -> Iterator[str]:
    """A line a manifest, those made of it further in."""
    own, *ancestors = found.ancestors
    for node in reversed(ancestors):
        yield f"{_node(node)}"
    yield f"{_node(own)}"
    for node in found.descendants:
        yield f"  {_node(node)}"
    for run in found.trained:
        adapters = _listed([_id(adapter)[:_SHOWN] for adapter in run.adapters])
        yield f"  train    {_id(run.training_run)}: {adapters}"


def _side(kind: str, sample: object) -> str:
    from bakehouse.client.snapshot_values import ChangeKind, Sample  # gRPC is not for --help

    if not isinstance(sample, Sample):
        return ""
    match kind:
        case ChangeKind.JUDGED:
            return "used" if sample.is_kept else sample.reason.replace("_", " ")
        case ChangeKind.REBUCKETED:
            return ", ".join(crop.bucket for crop in sample.crops)
        case ChangeKind.RECAPTIONED:
            return repr(" | ".join(sample.texts)[:80])
        case ChangeKind.RECUT:
            return ", ".join(f"{crop.x},{crop.y}" for crop in sample.crops)
        case ChangeKind.EDITED:
            return (sample.digest or "")[:_SHOWN]
        case ChangeKind.RENAMED:
            return f"{sample.dataset}/{sample.file}"
    return ""


def _node(node: "LineageNode") -> str:
    rows = ", ".join(f"{number} {table}" for table, number in sorted(node.rows.items()))
    jobs = _listed([_id(job) for job in node.jobs])
    return f"{node.stage:<8} {node.content[:_SHOWN]}  {rows}{f', by {jobs}' if jobs else ''}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _id(name: str) -> str:
    return name.rpartition("/")[2]
