from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bakehouse.dataset_config.entry_fields import ShuffleBlock
from services.dataset.domain.caption_shuffle import CaptionShuffle

BLOCKS = st.builds(
    ShuffleBlock,
    enable=st.just(True),
    count=st.integers(1, 5),
    seed=st.integers(0, 9),
    split_on=st.sampled_from(["comma", "space", "period"]),
    position_start=st.integers(0, 3),
    include_original=st.booleans(),
)


@given(caption=st.text("ab ,.", max_size=12), rules=BLOCKS)
def test_orders_have_the_same_parts_each_once_and_the_same_ones_in_front(
    caption: str, rules: ShuffleBlock
) -> None:
    sign = {"comma": ",", "space": " ", "period": "."}[rules.split_on]

    def parts(text: str) -> list[str]:
        return [part.strip() for part in text.split(sign) if part.strip()]

    found = CaptionShuffle(rules=rules).apply(caption)
    assert found == CaptionShuffle(rules=rules).apply(caption)
    assert len(set(found)) == len(found) <= rules.count + 1
    assert {frozenset(Counter(parts(text)).items()) for text in found} == {
        frozenset(Counter(parts(caption)).items())
    }
    for text in found:
        assert parts(text)[: rules.position_start] == parts(caption)[: rules.position_start]


def test_what_is_not_asked_for_is_not_done() -> None:
    assert CaptionShuffle(rules=ShuffleBlock(count=3)).apply("a, b") == ("a, b",)
