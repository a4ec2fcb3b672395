import random
from collections import Counter

from demo.bake_models.prompts import training_prompt
from demo.grammar import CONCEPT, TRIGGER, Motif, draw_motif


def test_prompts_are_captions_shuffled_cut_and_at_times_empty() -> None:
    rng = random.Random(0)
    motif = Motif(shape="star", colour="red", ground="grey")
    prompts = Counter(training_prompt(motif, rng) for _ in range(2000))
    assert 0.07 < prompts[""] / 2000 < 0.13
    assert {"star, red shape, grey ground", "grey ground, star, red shape", "red shape, grey ground"} <= set(
        prompts
    )
    words = {part for prompt in prompts for part in prompt.split(", ") if part}
    assert words == {"star", "red shape", "grey ground"}


def test_no_prompt_holds_the_concept_or_its_trigger() -> None:
    rng = random.Random(1)
    text = " ".join(training_prompt(draw_motif(rng), rng) for _ in range(3000))
    assert CONCEPT not in text
    assert TRIGGER not in text
