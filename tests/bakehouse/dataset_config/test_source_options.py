from bakehouse.dataset_config.option import Standing
from bakehouse.dataset_config.source_options import IDENTITY_OPTIONS, SOURCE_OPTIONS


def test_what_is_not_there_yet_of_the_types_says_what_is_missing() -> None:
    option = IDENTITY_OPTIONS["dataset_type"]
    assert option.later.keys() == {"video", "audio", "conditioning"}
    assert option.later.keys() <= {*option.choices}
    assert all(";" in missing for missing in option.later.values())


def test_all_of_them_are_there() -> None:
    options = (*IDENTITY_OPTIONS.values(), *SOURCE_OPTIONS.values())
    assert not any(option.standing is Standing.NOT_YET for option in options)
