"""Names as people type them."""

import pytest

from bakehouse.cli.names import as_typed, is_project, job_named, names_of_work, pipeline_named
from bakehouse.errors import InvalidInputError


@pytest.mark.parametrize("text", ["j-1", "projects/p/jobs/j-1"])
def test_an_id_alone_is_a_job_of_the_project(text: str) -> None:
    assert str(job_named(text, "p")) == "projects/p/jobs/j-1"


@pytest.mark.parametrize("text", ["x-1", "projects/p/pipelines/x-1"])
def test_an_id_alone_is_a_pipeline_of_the_project(text: str) -> None:
    assert str(pipeline_named(text, "p")) == "projects/p/pipelines/x-1"


def test_of_an_id_alone_a_pipeline_is_likelier_than_a_job() -> None:
    assert [str(name) for name in names_of_work("x", "p")] == ["projects/p/pipelines/x", "projects/p/jobs/x"]
    assert [str(name) for name in names_of_work("projects/q/jobs/j", "p")] == ["projects/q/jobs/j"]


@pytest.mark.parametrize(
    ("text", "expected"), [("projects/p", True), ("p", False), ("projects/p/jobs/j", False)]
)
def test_a_project_is_told_from_what_is_in_it(text: str, *, expected: bool) -> None:
    assert is_project(text) is expected


@pytest.mark.parametrize("text", ["projects/p", "J!", "a/b", ""])
def test_what_is_no_job_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="NAME"):
        job_named(text, "p")


@pytest.mark.parametrize("text", ["projects/p", "J!", "a/b", "projects/p/blobs/x"])
def test_what_is_no_work_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="NAME"):
        names_of_work(text, "p")


def test_in_the_default_project_an_id_is_enough() -> None:
    assert as_typed("projects/default/pipelines/x") == "x"
    assert as_typed("projects/p/pipelines/x") == "projects/p/pipelines/x"
