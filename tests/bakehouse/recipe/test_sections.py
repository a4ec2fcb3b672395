"""The table of keys is that of the stages which honour them."""

from dataclasses import fields

from bakehouse.recipe.prompts import PROMPT
from bakehouse.recipe.sections import CAPTION_RULES, CAPTIONING, DATASET, RECIPE, TRAINING
from services.captioner.domain.captioning import Captioning
from services.dataset.domain.options import ALIASES, OPTIONS, REPLACED_ENTRIES, Standing
from services.trainer.training_spec import SamplePrompt, TrainingSpec

FILLED_IN = {"base_model", "entries", "fresh", "empty_text"}  # by the studio
TABLES = (RECIPE, DATASET, CAPTIONING, CAPTION_RULES, TRAINING, PROMPT)


def options(standing: Standing) -> set[str]:
    return {name for name, option in OPTIONS.items() if option.standing is standing}


def test_a_dataset_has_the_options_of_the_dataset_service() -> None:
    assert set(DATASET.honoured) - {"instance_data_dir"} == options(Standing.HONOURED)
    assert set(DATASET.replaced) == options(Standing.REPLACED)
    assert options(Standing.NOT_YET) <= set(DATASET.not_yet)
    assert DATASET.aliases == ALIASES


def test_entries_that_only_name_caches_are_known() -> None:
    assert {"text_embeds", "image_embeds"} <= set(REPLACED_ENTRIES)


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
