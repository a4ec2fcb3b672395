"""The table of keys is that of the stages which honour them."""

from dataclasses import fields

from bakehouse.recipe.prompts import PROMPT
from bakehouse.recipe.sections import CAPTION_RULES, CAPTIONING, RECIPE, TRAINING
from services.captioner.domain.captioning import Captioning
from services.trainer.training_spec import SamplePrompt, TrainingSpec

FILLED_IN = {"base_model", "entries", "fresh", "empty_text"}  # by the studio
TABLES = (RECIPE, CAPTIONING, CAPTION_RULES, TRAINING, PROMPT)


def test_captioning_has_the_options_of_the_captioner() -> None:
    assert set(CAPTION_RULES.honoured) == {field.name for field in fields(Captioning)}


def test_training_has_the_options_of_the_trainer() -> None:
    assert set(TRAINING.honoured) == {field.name for field in fields(TrainingSpec)} - FILLED_IN


def test_a_prompt_has_the_options_of_the_trainer() -> None:
    assert set(PROMPT.honoured) == {field.name for field in fields(SamplePrompt)}


def test_a_key_has_one_standing() -> None:
    for table in TABLES:
        standings = [table.honoured, table.replaced, table.not_yet, table.elsewhere, table.aliases]
        names = [name for standing in standings for name in standing]
        assert sorted(names) == sorted(set(names))
