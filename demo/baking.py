"""Bakes the demo's recipe in a studio of its own, and brings home the adapter and its story."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cli.following import conclusion, follow_pipeline
from bakehouse.cli.sending import SendingLine
from bakehouse.client.client import Client
from bakehouse.client.local import local_studio
from bakehouse.client.pipeline_values import PipelineState
from bakehouse.errors import InvalidInputError, StateError
from bakehouse.recipe.documents import read_document
from bakehouse.recipe.recipe import Recipe, parse_recipe
from bakehouse.studio.home import Home
from demo.grammar import CONCEPT, TRIGGER
from demo.pictures import write_pictures
from demo.report.gathering import gather
from demo.report.story import Story
from demo.studio import temporary_studio

RECIPE = Path(__file__).resolve().parent / "recipe.yaml"
PICTURES = "pictures"
_LEAD = (
    f"A small base model has never seen an {CONCEPT}. From a few drawn pictures of one, in every format that "
    f"a folder may hold, it learns a word that did not exist: {TRIGGER}."
)


def bake_demo(out: Path, recipe_file: Path) -> tuple[Story, Path]:
    """Draw the pictures into `out`, bake them, and leave the adapter there; its story and its file.

    Raises:
        BakehouseError: the studio does not start, or the pipeline does not succeed.
    """
    write_pictures(out / PICTURES)
    recipe = demo_recipe(out / PICTURES, recipe_file)
    with temporary_studio() as home:
        place = local_studio(home)
        with Client(place.address, place.token) as client:
            with SendingLine() as line:
                pipeline = client.bake(recipe, progress=line.show)
            over = follow_pipeline(client.pipelines.watch_with_events(pipeline.name), as_json=False)
            if over.state is not PipelineState.SUCCEEDED:
                raise StateError(f"{conclusion(over)}; the demo needs it")
            adapter = client.pull(over, out)
        blobs = Blobs(DirectoryStore(Home(home).store), recipe.project)
        return gather(over, blobs, title="Bakehouse: the demo", lead=_LEAD), adapter


def demo_recipe(pictures: Path, recipe_file: Path) -> Recipe:
    """The demo's recipe, with its datasets in the folder `pictures`, wherever that is.

    Raises:
        InvalidInputError: the weights were not baked, or the recipe is wrong.
    """
    document = read_document(recipe_file)
    if not isinstance(document, Mapping):
        raise InvalidInputError(f"{recipe_file}: no table of options; restore it")
    entries: Any = document["datasets"]
    moved = [
        {**entry, "instance_data_dir": str(pictures.resolve() / Path(entry["instance_data_dir"]).name)}
        for entry in entries
    ]
    return parse_recipe({**document, "datasets": moved}, folder=recipe_file.parent, name=recipe_file.name)
