"""Resource names of the API: `projects/{project}` and `projects/{project}/{collection}/{id}`. No lookup."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bakehouse.digest import parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.ids import parse_id

PROJECTS = "projects"
JOBS = "jobs"
UPLOADS = "uploads"
BLOBS = "blobs"
PIPELINES = "pipelines"
DATASETS = "datasets"
SNAPSHOTS = "snapshots"
SNAPSHOT_REFS = "snapshotRefs"
BASE_MODELS = "baseModels"
TRAINING_RUNS = "trainingRuns"
ADAPTERS = "adapters"

SHARED = "shared"  # the room of base models and taggers: no project, and there without being made

_DATASET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def parse_dataset_id(text: str, *, field: str) -> str:
    """`text` as the id of a dataset, which people and SimpleTuner choose: laxer than other ids.

    Raises:
        InvalidInputError: it is something else.
    """
    if not _DATASET_ID.fullmatch(text):
        raise InvalidInputError(
            f"{field}: {text[:80]!r} is no id of a dataset; use 1 to 63 of a-z, A-Z, 0-9, '.', '_' and '-', "
            "beginning with a letter or digit",
            field=field,
        )
    return text


def _digest(text: str, *, field: str) -> str:
    return parse_digest(text, field=field)


_COLLECTIONS: Mapping[str, Callable[..., str]] = {
    JOBS: parse_id,
    UPLOADS: parse_id,
    BLOBS: _digest,
    PIPELINES: parse_id,
    DATASETS: parse_dataset_id,
    SNAPSHOTS: _digest,
    SNAPSHOT_REFS: parse_id,
    BASE_MODELS: _digest,
    TRAINING_RUNS: parse_id,
    ADAPTERS: _digest,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceName:
    """A name, taken apart. A project's own name has the collection `projects` and the project as its id."""

    project: str
    collection: str
    id: str

    def __str__(self) -> str:
        parent = f"{PROJECTS}/{self.project}"
        return parent if self.collection == PROJECTS else f"{parent}/{self.collection}/{self.id}"


def project_name(project: str) -> str:
    """The name of a project, from its id."""
    return f"{PROJECTS}/{project}"


def parse_name(text: str, *collections: str, field: str = "name") -> ResourceName:
    """`text` as the name of a resource in one of `collections`, or in any that there is.

    Args:
        text: as it came in a request.
        collections: which are meant; PROJECTS for a project's own name. None for all.
        field: the request's field, for the error.

    Raises:
        InvalidInputError: it is no such name.
    """
    match text.split("/", 4):
        case ["projects", project]:
            collection, name_id = PROJECTS, parse_id(project, field=field)
        case ["projects", project, collection, name_id] if collection in _COLLECTIONS:
            parse_id(project, field=field)
            _COLLECTIONS[collection](name_id, field=field)
        case _:
            raise _no_name(text, collections, field)
    if collections and collection not in collections:
        raise _no_name(text, collections, field)
    return ResourceName(project=project, collection=collection, id=name_id)


def _no_name(text: str, collections: tuple[str, ...], field: str) -> InvalidInputError:
    shapes = [_shape(collection) for collection in collections or (PROJECTS, *_COLLECTIONS)]
    return InvalidInputError(
        f"{field}: {text[:80]!r} is no name here; use {' or '.join(shapes)}", field=field
    )


def _shape(collection: str) -> str:
    return "projects/{project}" if collection == PROJECTS else f"projects/{{project}}/{collection}/{{id}}"
