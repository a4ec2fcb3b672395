from bakehouse.dataset_config.cache_options import CACHE_OPTIONS
from bakehouse.dataset_config.option import Standing


def test_all_of_them_say_what_does_their_work() -> None:
    assert {option.standing for option in CACHE_OPTIONS.values()} == {Standing.REPLACED}
    assert all(option.instead and not option.instead.endswith(".") for option in CACHE_OPTIONS.values())
