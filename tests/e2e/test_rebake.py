"""The studio as a build system: what each kind of change computes, and that `plan` had said so."""

import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bakehouse.canonical_json import Json
from bakehouse.client.client import Client
from bakehouse.client.pipeline_values import Mark, Pipeline, PipelineState
from bakehouse.recipe.recipe import parse_recipe
from tests.e2e.kitchen import draw_concept, draw_pictures, real_studio, small_recipe
from tests.e2e.local_studio import ROOT, LocalStudio

NUM_PICTURES, NUM_CAPTIONED, NUM_STEPS = 12, 4, 4
NOTHING = dict.fromkeys(("register", "snapshot", "captions", "latents", "texts", "train"), 0)


@dataclass(frozen=True, kw_only=True)
class Baker:
    client: Client
    pictures: Path

    def plan(self, pictures: Path | None = None, *, fresh: bool = False, **training: Json) -> Pipeline:
        recipe = parse_recipe(small_recipe(pictures or self.pictures, **training), folder=ROOT)
        return succeeded(self.client.pipelines.wait(self.client.plan(recipe, fresh=fresh).name))

    def start(self, pictures: Path | None = None, *, fresh: bool = False, **training: Json) -> str:
        recipe = parse_recipe(small_recipe(pictures or self.pictures, **training), folder=ROOT)
        return self.client.bake(recipe, fresh=fresh).name

    def bake(self, pictures: Path | None = None, *, fresh: bool = False, **training: Json) -> Pipeline:
        return succeeded(self.client.pipelines.wait(self.start(pictures, fresh=fresh, **training)))

    def prepare(self, pictures: Path | None = None, *, fresh: bool = False, **training: Json) -> Pipeline:
        """Bake until training is planned; what it would teach is not of interest."""
        name = self.start(pictures, fresh=fresh, **training)
        for seen in self.client.pipelines.watch(name):
            assert not seen.state.is_final, seen.error
            if computed(seen)["train"]:
                self.client.pipelines.cancel(name)
                return seen
        raise AssertionError("a watch goes on to the end")

    def changed(self, folder: Path) -> Path:
        """A copy of the pictures, to be changed."""
        return Path(shutil.copytree(self.pictures, folder / "pictures"))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStudio]:
    studio = real_studio(tmp_path_factory.mktemp("rebake") / "home")
    studio.up()
    yield studio
    studio.stop()


@pytest.fixture(scope="module")
def baker(studio: LocalStudio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baker]:
    pictures = tmp_path_factory.mktemp("pictures") / "concept"
    draw_pictures(pictures, num=NUM_PICTURES, num_captioned=NUM_CAPTIONED)
    with studio.client() as client:
        yield Baker(client=client, pictures=pictures)


@pytest.fixture(scope="module")
def foretold(baker: Baker) -> Pipeline:
    """The plan of the first bake, before anything was baked."""
    return baker.plan()


@pytest.fixture(scope="module")
def first(baker: Baker, foretold: Pipeline) -> Pipeline:
    return baker.bake()


def succeeded(pipeline: Pipeline) -> Pipeline:
    assert pipeline.state is PipelineState.SUCCEEDED, pipeline.error
    return pipeline


def computed(pipeline: Pipeline) -> dict[str, int]:
    """The items that each stage computes; 0 where that is not known yet."""
    return {stage.name: stage.progress.planned_items if stage.progress else 0 for stage in pipeline.stages}


def numbers(plan: Pipeline) -> dict[str, tuple[Mark, int]]:
    assert plan.result is not None
    return {entry.stage: (entry.mark, entry.planned_items) for entry in plan.result.planned}


def exactly(**computed: int) -> dict[str, tuple[Mark, int]]:
    return {stage: (Mark.EXACT, number) for stage, number in (NOTHING | computed).items()}


def hold(plan: Pipeline, baked: Pipeline) -> None:
    """Every number of a plan against what came of it, and a reason where it is not exact."""
    assert plan.result is not None
    assert [entry.stage for entry in plan.result.planned] == [stage.name for stage in baked.stages]
    for entry in plan.result.planned:
        stage = baked.stage(entry.stage)
        assert stage is not None
        assert stage.progress is not None
        done = stage.progress
        if entry.mark is Mark.EXACT:
            assert (done.planned_items, done.hit_items) == (entry.planned_items, entry.hit_items), entry
        elif entry.mark is Mark.AT_MOST:
            assert done.planned_items <= entry.planned_items, entry
        assert (entry.reason == "") is (entry.mark is Mark.EXACT), entry
        if baked.state.is_final:
            assert (done.done_items, done.failed_items) == (done.planned_items, 0), entry


def adapter_of(baked: Pipeline) -> str:
    assert baked.result is not None
    assert baked.result.adapter is not None
    return baked.result.adapter


def seed_of(baked: Pipeline) -> int:
    assert baked.result is not None
    assert baked.result.seed is not None
    return baked.result.seed


def test_the_first_bake_computes_everything(foretold: Pipeline, first: Pipeline) -> None:
    hold(foretold, first)
    num_tagged = NUM_PICTURES - NUM_CAPTIONED
    assert numbers(foretold) | {"texts": (Mark.EXACT, 0), "train": (Mark.EXACT, 0)} == exactly(
        captions=num_tagged, latents=NUM_PICTURES
    )
    assert numbers(foretold)["train"] == (Mark.AT_MOST, NUM_STEPS)
    assert NUM_CAPTIONED < computed(first)["texts"] <= NUM_PICTURES + 1
    assert first.result is not None
    assert first.result.metadata["ss_seed"] == str(seed_of(first))


def test_baked_again_nothing_is_computed_and_the_seed_is_printed(
    studio: LocalStudio, baker: Baker, first: Pipeline, tmp_path: Path
) -> None:
    plan = baker.plan()
    assert numbers(plan) == exactly()
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(small_recipe(baker.pictures)))
    said = studio.run("bake", str(path))
    assert said.returncode == 0, said.stderr
    assert f"seed {seed_of(first)}" in said.stdout
    again = next(iter(baker.client.pipelines.list(first.project)))
    again = baker.client.pipelines.get(again.name)
    assert again.name in said.stdout
    hold(plan, again)
    assert adapter_of(again) == adapter_of(first)


def test_what_the_readme_says_in_python_bakes_and_ends(
    studio: LocalStudio, baker: Baker, first: Pipeline, tmp_path: Path
) -> None:
    found = re.search(
        r"\n( {4}from pathlib import Path\n.*?)\n\S", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert found
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(small_recipe(baker.pictures)))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(found[1])],
        cwd=tmp_path,
        env=studio.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("SUCCEEDED register: SUCCEEDED ")
    assert len(list(tmp_path.glob("*.safetensors"))) == 1


def test_a_plan_is_told_and_a_picture_explained_to_its_caches(
    studio: LocalStudio, baker: Baker, first: Pipeline, tmp_path: Path
) -> None:
    recipe, report = tmp_path / "recipe.yaml", tmp_path / "report.html"
    recipe.write_text(yaml.safe_dump(small_recipe(baker.pictures)))
    said = studio.run("plan", str(recipe), "--report", str(report))
    assert said.returncode == 0, said.stderr
    for word in ("COMPUTES", "concept", "BUCKET", "64x64", "█"):
        assert word in said.stdout
    assert f"{NUM_PICTURES} of {NUM_PICTURES} pictures are used" in report.read_text()
    project = ("--project", first.project)
    story = studio.run("explain", str(baker.pictures / "00.png"), "--no-drawing", *project).stdout
    for word in ("(textfile)", "then        ", "latents     shard", "texts       shard"):
        assert word in story
    lineage = studio.run("snapshots", "lineage", *project).stdout
    for word in ("snapshot ", "captions ", "latents ", "texts ", "train ", f"{first.id}-train"):
        assert word in lineage


def test_a_fresh_bake_trains_anew(baker: Baker, first: Pipeline) -> None:
    plan = baker.plan(fresh=True)
    assert numbers(plan) == exactly(train=NUM_STEPS)
    fresh = baker.bake(fresh=True)
    hold(plan, fresh)
    assert adapter_of(fresh) != adapter_of(first)
    assert seed_of(fresh) != seed_of(first)


def test_another_learning_rate_trains_alone(baker: Baker, first: Pipeline) -> None:
    plan = baker.plan(learning_rate="2e-3")
    assert numbers(plan) == exactly(train=NUM_STEPS)
    hold(plan, baker.prepare(learning_rate="2e-3"))


def test_one_caption_changed_is_one_text(baker: Baker, first: Pipeline, tmp_path: Path) -> None:
    pictures = baker.changed(tmp_path)
    (pictures / "00.txt").write_text("something that nobody has said yet")
    plan = baker.plan(pictures)
    assert numbers(plan) == exactly(texts=1) | {"train": (Mark.AT_MOST, NUM_STEPS)}
    baked = baker.prepare(pictures)
    hold(plan, baked)
    assert computed(baked) == NOTHING | {"texts": 1, "train": NUM_STEPS}


def test_one_image_added_is_captioned_and_encoded(baker: Baker, first: Pipeline, tmp_path: Path) -> None:
    pictures = baker.changed(tmp_path)
    draw_concept(pictures / "new.png", colour="red")
    plan = baker.plan(pictures)
    assert computed(plan)["snapshot"] == 1  # planning looks into the files
    vague = {"texts", "train"}
    assert {name: number for name, number in numbers(plan).items() if name not in vague} == {
        name: number for name, number in exactly(captions=1, latents=1).items() if name not in vague
    }
    baked = baker.prepare(pictures)
    hold(plan, baked)
    assert computed(baked) == NOTHING | {"captions": 1, "latents": 1, "texts": 1, "train": NUM_STEPS}


def test_renamed_files_compute_nothing(baker: Baker, first: Pipeline, tmp_path: Path) -> None:
    pictures = baker.changed(tmp_path)
    for name, other in (("00.png", "zz.png"), ("00.txt", "zz.txt"), ("11.png", "a folder/first.png")):
        (pictures / other).parent.mkdir(exist_ok=True)
        (pictures / name).rename(pictures / other)
    plan = baker.plan(pictures)
    assert numbers(plan) == exactly()
    baked = baker.bake(pictures)
    hold(plan, baked)
    assert adapter_of(baked) == adapter_of(first)


def test_what_cannot_be_known_says_why(baker: Baker, first: Pipeline, tmp_path: Path) -> None:
    pictures = baker.changed(tmp_path)
    draw_concept(pictures / "new.png", colour="blue")
    plan = baker.plan(pictures, max_train_steps=None, max_train_epochs=2)
    assert plan.result is not None
    texts, train = plan.result.planned[-2:]
    assert (texts.mark, texts.reason) == (Mark.AT_MOST, "captions computes 1 first")
    assert train.mark is Mark.UNKNOWN
    assert train.reason.startswith("captions computes 1 first and latents computes 1 first")
