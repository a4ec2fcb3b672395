"""From `bake` to the first training step, on a warm studio of all services where all but training is known.

`fresh` trains anew; whatever stands before training is found and not computed. Pictures that are drawn before
the first step are apart: the recipe has none, and then six. Each round is stopped after its first step.
"""

import os
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bakehouse.canonical_json import Json
from bakehouse.client.client import Client
from bakehouse.client.pipeline_values import PipelineState
from bakehouse.recipe.recipe import Recipe, parse_recipe
from tests.e2e.kitchen import draw_pictures, real_studio, small_recipe

ROUNDS = 5
PROMPTS: list[Json] = [f"zobkin, red shape, white ground --w 64 --h 64 --d {seed}" for seed in range(6)]
AT_ONCE: Mapping[str, Json] = {"max_train_steps": 1}
LONG: Mapping[str, Json] = {"max_train_steps": 1000, "save_every_n_steps": 1000, "sample_steps": 20}


def main() -> None:
    with TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        pictures = folder / "pictures"
        draw_pictures(pictures, num=12, num_captioned=12)
        studio = real_studio(folder / "home")
        studio.up()
        try:
            with studio.client() as client:
                first_bake(client, recipe(pictures, AT_ONCE))
                without = rounds(client, recipe(pictures, LONG))
                drawn = rounds(client, recipe(pictures, LONG, PROMPTS))
        finally:
            studio.stop()
    print(f"12 pictures, the demo's models, {os.cpu_count()} cores at a load of {os.getloadavg()[0]:.1f}\n")
    print(f"submit to training planned {statistics.median(planned_s for planned_s, _ in without):.1f} s")
    print(f"submit to first step {told([first_s for _, first_s in without])}")
    print(f"with {len(PROMPTS)} pictures drawn before it {told([first_s for _, first_s in drawn])}")


def told(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.1f} s  ({', '.join(f'{one:.1f}' for one in seconds)})"


def recipe(pictures: Path, training: Mapping[str, Json], prompts: Sequence[Json] = ()) -> Recipe:
    sections = small_recipe(pictures, **training)
    return parse_recipe({**sections, "sample_prompts": list(prompts)}, folder=Path.cwd())


def first_bake(client: Client, asked: Recipe) -> None:
    """Fill the caches."""
    over = client.pipelines.wait(client.bake(asked).name)
    assert over.state is PipelineState.SUCCEEDED, over.error


def rounds(client: Client, asked: Recipe) -> list[tuple[float, float]]:
    return [start(client, asked) for _ in range(ROUNDS)]


def start(client: Client, asked: Recipe) -> tuple[float, float]:
    """Seconds from submitting until training is planned, and until the first step is told of."""
    began, planned_s = time.perf_counter(), 0.0
    name = client.bake(asked, fresh=True).name
    for event in client.watch(name, from_start=True):
        now_s = time.perf_counter() - began
        if not event.subject.endswith("-train"):
            continue
        if event.data.get("state") == "RUNNING":
            planned_s = planned_s or now_s
        if event.type == "bakehouse.job.progress" and "step" in event.data:
            break
    client.pipelines.stop(name)  # a cancelled one would end the worker's child, and the next round start cold
    client.pipelines.wait(name)
    return planned_s, now_s


if __name__ == "__main__":
    main()
