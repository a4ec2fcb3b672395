import random

import pytest
from diffusers import StableDiffusionPipeline

from bakehouse.errors import InvalidInputError
from demo.judge import Figure, draw_prompts, judge_base, judge_tagger, main, table, unseen_size
from demo.judging import Score
from demo.places import TAGGER
from demo.sampling import load_pipeline
from demo.tagging import Tagger

SEEDS = (101, 202, 303)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(TAGGER)


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    return load_pipeline()


def test_the_tagger_is_right_on_unseen_pictures(tagger: Tagger) -> None:
    assert judge_tagger(tagger, 48, seed=SEEDS[0]).score.percent_right >= 93


def test_the_base_draws_prompts_and_knows_no_concept(
    pipeline: StableDiffusionPipeline, tagger: Tagger
) -> None:
    plain, triggered = judge_base(pipeline, tagger, 8, seed=SEEDS[0])
    assert plain.score.percent_right >= 60
    assert triggered.score.percent(triggered.score.num_shapes) <= 13


def test_prompts_keep_their_order_and_sizes_take_turns(pipeline: StableDiffusionPipeline) -> None:
    pictures = draw_prompts(pipeline, ["star, red shape, grey ground"] * 5, seed=1)
    assert [picture.size for picture in pictures] == [(64, 64), (80, 48), (64, 64), (48, 80), (64, 64)]


def test_sizes_are_the_demos() -> None:
    rng = random.Random(0)
    for width, height in (unseen_size(rng) for _ in range(500)):
        assert 40 <= min(width, height) <= max(width, height) <= 600
        assert max(width / height, height / width) <= 3.02


def test_the_table_shows_shares() -> None:
    score = Score(
        num_pictures=200,
        num_shapes=200,
        num_colours=150,
        num_grounds=100,
        num_right=50,
        num_both_colours=90,
        num_both_by_rule=91,
    )
    cells = table([Figure(what="plain", score=score)]).splitlines()[1].split()
    assert cells == ["plain", "200", "100.0", "75.0", "50.0", "25.0", "45.0", "45.5"]


def test_the_command_line_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["tagger", "--seed", "1", "--samples", "8"])
    assert "drawn pictures" in capsys.readouterr().out
    with pytest.raises(InvalidInputError, match="name the adapter's file"):
        main(["adapter", "--seed", "1"])


@pytest.mark.scale
@pytest.mark.parametrize("seed", SEEDS)
def test_the_taggers_figure(tagger: Tagger, seed: int) -> None:
    score = judge_tagger(tagger, 400, seed=seed).score
    assert score.percent_right >= 97
    assert score.disagreement <= 5


@pytest.mark.scale
@pytest.mark.parametrize("seed", SEEDS)
def test_the_bases_figures(pipeline: StableDiffusionPipeline, tagger: Tagger, seed: int) -> None:
    plain, triggered = judge_base(pipeline, tagger, 96, seed=seed)
    assert plain.score.percent_right >= 85
    assert plain.score.disagreement <= 5
    assert triggered.score.percent(triggered.score.num_shapes) <= 5
