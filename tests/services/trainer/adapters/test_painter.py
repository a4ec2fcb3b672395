import io

import torch
from PIL import Image

from services.trainer.adapters.base_parts import LoadedBase
from services.trainer.adapters.painter import SamplePainter
from services.trainer.training_spec import SamplePrompt, TrainingSpec
from tests.services.trainer.bakery import Bakery

PROMPT = SamplePrompt(prompt="a red star", negative_prompt="blue", width=48, height=32, seed=3)


def test_a_sample_is_a_png_of_its_size_and_its_seed_decides_it(bakery: Bakery) -> None:
    spec = TrainingSpec(
        base_model=bakery.base_model, max_train_steps=1, sample_prompts=(PROMPT,), sample_steps=1
    )
    base = LoadedBase(bakery.blobs, spec, bakery.scratch, torch.device("cpu"))
    painter = SamplePainter(base.for_samples, spec)
    png = painter.paint(PROMPT)
    picture = Image.open(io.BytesIO(png))
    assert (picture.format, picture.size, picture.mode) == ("PNG", (48, 32), "RGB")
    assert painter.paint(PROMPT) == png
