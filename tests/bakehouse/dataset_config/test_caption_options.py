import pytest

from bakehouse.dataset_config.caption_options import CAPTION_OPTIONS


@pytest.mark.parametrize("strategy", CAPTION_OPTIONS["caption_strategy"].choices)
def test_each_strategy_is_explained(strategy: str) -> None:
    assert f"`{strategy}`" in CAPTION_OPTIONS["caption_strategy"].says


def test_all_of_them_are_honoured() -> None:
    assert all(option.is_honoured for option in CAPTION_OPTIONS.values())
