from services.trainer.domain.tag_frequency import tag_frequency


def test_tags_are_counted_by_folder_in_lower_case() -> None:
    found = tag_frequency([("cats", "Red, cat,, "), ("cats", "red"), ("dogs", "")])
    assert found == {"cats": {"red": 2, "cat": 1}, "dogs": {}}
