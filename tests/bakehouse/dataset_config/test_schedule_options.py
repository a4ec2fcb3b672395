from bakehouse.dataset_config.option import Holder
from bakehouse.dataset_config.schedule_options import SCHEDULE_OPTIONS


def test_all_of_them_are_carried() -> None:
    assert all(option.is_honoured for option in SCHEDULE_OPTIONS.values())
    assert {option.holder for option in SCHEDULE_OPTIONS.values()} == {Holder.ENTRY}
