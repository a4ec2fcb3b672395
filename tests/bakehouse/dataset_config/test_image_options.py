from bakehouse.dataset_config.entry_checks import KOHYA_KEYS
from bakehouse.dataset_config.image_options import SIZE_OPTIONS


def test_kohyas_bucketing_has_its_keys() -> None:
    assert {*KOHYA_KEYS} <= SIZE_OPTIONS.keys()
    assert all("With `bucketing: kohya`" in SIZE_OPTIONS[name].says for name in KOHYA_KEYS)


def test_all_of_them_are_honoured() -> None:
    assert all(option.is_honoured for option in SIZE_OPTIONS.values())
