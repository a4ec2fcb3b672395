"""Names as people type them."""

import pytest

from bakehouse.cli.names import job_named, watched_name
from bakehouse.errors import InvalidInputError


@pytest.mark.parametrize("text", ["j-1", "projects/p/jobs/j-1"])
def test_an_id_alone_is_a_job_of_the_project(text: str) -> None:
    assert str(job_named(text, "p")) == "projects/p/jobs/j-1"


def test_a_project_can_be_watched() -> None:
    assert str(watched_name("projects/p", "other")) == "projects/p"


@pytest.mark.parametrize("text", ["projects/p", "J!", "a/b", ""])
def test_what_is_no_job_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="NAME"):
        job_named(text, "p")
