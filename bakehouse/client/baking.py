"""From a recipe on this machine to a pipeline of the studio: what it names is sent, then it is submitted."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from bakehouse.canonical_json import Json
from bakehouse.client.blobs import BlobReader
from bakehouse.client.pipeline_values import Pipeline, PipelineMode
from bakehouse.client.pipelines import Pipelines
from bakehouse.client.projects import Projects
from bakehouse.client.shipping import Progress, Shipping
from bakehouse.client.uploads import Uploads
from bakehouse.digest import Digest
from bakehouse.errors import AlreadyExistsError, NotFoundError
from bakehouse.ids import random_id
from bakehouse.recipe.datasets import Dataset
from bakehouse.recipe.digest_memory import default_memory
from bakehouse.recipe.elsewhere import Elsewhere
from bakehouse.recipe.listing import FoundFile
from bakehouse.recipe.recipe import Recipe
from bakehouse.rpc.names import SHARED

_UNFIT = re.compile(r"[^a-z0-9]+")
_MAX_SLUG = 39  # an id has 48 characters
_RANDOM = 8  # 40 bits


class Baking:
    """Submits recipes."""

    def __init__(self, pipelines: Pipelines, projects: Projects, blobs: BlobReader, uploads: Uploads) -> None:
        self._pipelines = pipelines
        self._projects = projects
        self._blobs = blobs
        self._uploads = uploads

    def submit(
        self, recipe: Recipe, *, mode: PipelineMode, fresh: str = "", progress: Progress | None = None
    ) -> Pipeline:
        """Send what the studio lacks and start the pipeline. A project that is not there is made.

        Raises:
            InvalidInputError: a file or something in the recipe is wrong.
            UnavailableError: the studio was away for two minutes.
        """
        self._have_project(recipe.project)
        shipping = Shipping(self._blobs, self._uploads, memory=default_memory(), progress=progress)
        return self._pipelines.create(
            _sections(recipe, shipping),
            project=recipe.project,
            mode=mode,
            fresh=fresh,
            pipeline_id=readable_id(recipe),
        )

    def _have_project(self, project: str) -> None:
        try:
            self._projects.get(project)
        except NotFoundError:
            try:
                self._projects.create(project)
            except AlreadyExistsError:  # somebody else just did
                return


def readable_id(recipe: Recipe) -> str:
    """A fresh id for a pipeline: the name of what it bakes, or of the recipe's file, and eight characters."""
    named = recipe.training.get("output_name") or PurePath(recipe.name).stem
    slug = _UNFIT.sub("-", str(named).lower()).strip("-")[:_MAX_SLUG].strip("-")
    slug = slug or "pipeline"
    return random_id(slug)[: len(slug) + 1 + _RANDOM]


def _sections(recipe: Recipe, shipping: Shipping) -> Mapping[str, Any]:
    """The recipe as the contract has it: digests in place of files."""

    def listing(source: tuple[FoundFile, ...] | Digest, what: str, project: str) -> Digest:
        return source if isinstance(source, str) else shipping.ship(source, what=what, project=project)

    sections: dict[str, Json] = {
        "base_model": listing(recipe.base_model, "base model", SHARED),
        "datasets": [_entry(dataset, shipping, recipe.project) for dataset in recipe.datasets],
        "training": recipe.training,
    }
    if recipe.captioning is not None:
        sections["captioning"] = {
            "tagger": listing(recipe.captioning.tagger, "tagger", SHARED),
            "default": recipe.captioning.default,
            "entries": recipe.captioning.entries,
        }
    if recipe.cache_dtype is not None:
        sections["cache_dtype"] = recipe.cache_dtype
    return sections


def _entry(dataset: Dataset, shipping: Shipping, project: str) -> Mapping[str, Json]:
    """An entry, with digests in place of files."""
    what = f"dataset {dataset.id}"

    def sent(files: Mapping[str, Path]) -> dict[str, Digest]:
        return {key: shipping.ship_file(path, what=what, project=project) for key, path in files.items()}

    entry = {**dataset.options, "id": dataset.id, **sent(dataset.files)}
    match dataset.source:
        case Elsewhere() as elsewhere:
            digests = sent(elsewhere.files)
            if elsewhere.folder:
                digests["files"] = shipping.ship(elsewhere.folder, what=what, project=project)
            return {**entry, "source": elsewhere.with_digests(digests)}
        case str(digest):
            return {**entry, "listing": digest}
        case files:
            return {**entry, "listing": shipping.ship(files, what=what, project=project)}
