from bakehouse.dataset_config.later_options import LATER_OPTIONS
from bakehouse.dataset_config.option import Standing


def test_all_of_them_say_what_is_missing_and_what_to_do() -> None:
    assert {option.standing for option in LATER_OPTIONS.values()} == {Standing.NOT_YET}
    assert all(";" in option.instead for option in LATER_OPTIONS.values())


def test_keys_of_a_generator_stand_beside_its_type_or_below_params() -> None:
    block = LATER_OPTIONS["conditioning"].block
    assert block["params"].block.items() <= block.items()
