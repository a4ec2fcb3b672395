"""Pictures made for an export by the dataset service: as PNG, padded if that is wanted."""

import json
from typing import TYPE_CHECKING

from bakehouse.client.artifact_values import Snapshot
from bakehouse.client.pipeline_values import Pipeline
from bakehouse.digest import Digest
from bakehouse.errors import StateError

if TYPE_CHECKING:
    from bakehouse.client.client import Client  # which imports this

_KIND = "dataset.render"


def render_pictures(client: "Client", snapshot: Snapshot, *, pad: str, background: str) -> dict[str, Digest]:
    """A PNG of each kept sample, by its id. What was made before is not made again.

    Raises:
        InvalidInputError: the colour is none.
        StateError: the studio could not make them.
    """
    project = snapshot.name.split("/")[1]
    spec = {"pad": pad, "background": background}
    job = client.jobs.create(_KIND, spec, project=project, inputs={"snapshot": snapshot.manifest})
    over = client.jobs.wait(job.name)
    match over.result:
        case {"pictures": str(pictures)}:
            lines = client.blobs.read(Digest(pictures), project=project).splitlines()
            return {row["sample_id"]: Digest(row["digest"]) for row in map(json.loads, lines)}
    said = over.error.message if over.error else f"it is {over.state}"
    raise StateError(f"job {over.id} made no pictures: {said}")


def tagged_captions(pipeline: Pipeline, snapshot: Snapshot) -> Digest:
    """The manifest of the captions that a pipeline wrote for a snapshot.

    Raises:
        StateError: it wrote none, or for another one.
    """
    manifest = pipeline.result.manifest("captions") if pipeline.result else None
    made = pipeline.result.manifest("snapshot") if pipeline.result else None
    if manifest is None or made is None or made.content != snapshot.id:
        raise StateError(f"{pipeline.name} has written no captions for snapshot {snapshot.id}; name another")
    return manifest.blob
