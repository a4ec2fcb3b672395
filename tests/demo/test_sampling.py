import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from diffusers import StableDiffusionPipeline

from bakehouse.errors import NotFoundError
from demo.places import BASE
from demo.sampling import load_pipeline, sample


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    return load_pipeline()


def test_a_picture_is_of_its_seed_whatever_shares_its_batch(pipeline: StableDiffusionPipeline) -> None:
    prompts = ["star, red shape, grey ground", "ring, blue shape, pink ground"]
    together = sample(pipeline, prompts, (80, 48), seed=5)
    alone = sample(pipeline, prompts[1:], (80, 48), seed=6)
    assert [picture.size for picture in together] == [(80, 48), (80, 48)]
    difference = np.abs(np.asarray(together[1], dtype=float) - np.asarray(alone[0], dtype=float))
    assert difference.mean() < 1
    assert together[0].tobytes() != together[1].tobytes()


def test_no_library_speaks_on_the_terminal() -> None:
    """In a process of its own: some of it is said while it is imported."""
    program = (
        "from demo.sampling import load_pipeline, sample; sample(load_pipeline(), ['star'], (32, 32), seed=1)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no model_index\.json"):
        load_pipeline(tmp_path)
    with pytest.raises(NotFoundError, match="no such adapter file"):
        load_pipeline(BASE, tmp_path / "adapter.safetensors")
