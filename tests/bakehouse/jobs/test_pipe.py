from typing import Any

import pytest

from bakehouse.jobs.pipe import check_news


@pytest.mark.parametrize(
    ("kind", "data"), [("state", {}), ("two words", {}), ("a.b", {}), ("sample", {"loss": 0.5})]
)
def test_news_that_is_no_event_is_a_mistake_of_the_stage(kind: str, data: Any) -> None:
    with pytest.raises(ValueError, match=f"news of type '{kind}'"):
        check_news(kind, data)


def test_news_is_an_event() -> None:
    check_news("sample", {"loss": "0.5", "step": 3})
