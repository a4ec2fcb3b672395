from bakehouse.cache.revisions import golden_problem
from bakehouse.manifest.identity import sample_id
from services.dataset.domain.draws import DRAW_REVISION, Draw

GOLDENS = {1: "8764c12128055bc0c3a89d37863029f31dc5e5bf925a5a88acaa72d5ee10ce57"}


def draws(number: int = 0, seed: int = 0) -> list[Draw]:
    return [Draw(seed=seed, sample_id=sample_id("cats", f"{n}.png"), number=number) for n in range(500)]


def test_a_draw_depends_on_seed_sample_number_and_name() -> None:
    first = draws()[0]
    others = [draws()[1], draws(number=1)[0], draws(seed=1)[0]]
    assert first.fraction("left") == draws()[0].fraction("left")
    assert len({draw.fraction("left") for draw in [first, *others]} | {first.fraction("top")}) == 5


def test_it_is_even_and_within_its_limits() -> None:
    assert {draw.below(1, "left") for draw in draws()} == {0}
    found = [draw.below(5, "left") for draw in draws()]
    assert all(60 < found.count(number) < 140 for number in range(5))
    assert all(0 <= draw.fraction("left") < 1 for draw in draws())


def test_the_revision_follows_the_numbers() -> None:
    text = " ".join(str(draw.below(1000, "left")) for draw in draws(number=3, seed=7))
    assert golden_problem(DRAW_REVISION, text.encode(), GOLDENS) is None
