"""Resource names: those that are, and those that somebody made up to get elsewhere."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.errors import InvalidInputError
from bakehouse.rpc.names import BLOBS, JOBS, PROJECTS, UPLOADS, parse_name, project_name

IDS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
DIGESTS = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)

HOSTILE = [
    "",
    "/",
    "projects",
    "projects/",
    "projects/..",
    "projects/../jobs/j",
    "projects/p/",
    "projects/p/jobs",
    "projects/p/jobs/",
    "projects/p/jobs/..",
    "projects/p/jobs/j/",
    "projects/p/jobs/j/../../q",
    "projects/p/jobs/j\0",
    "projects/p\n",
    "projects/P",
    "projects/-p",
    "projects/p%2fjobs",
    "projects/p\\jobs\\j",
    "projects/.",
    "projects/p/blobs/ab",
    "projects/p/blobs/" + "A" * 64,
    "projects/p/cakes/c",
    "/projects/p",
    "//bakehouse/projects/p",
    "projects/" + "p" * 64,
    "projects/p/jobs/" + "j" * 1_000_000,
    "projects/p" + "/jobs/j" * 100_000,
    "projects/\uff50",  # a fullwidth p
    "projects/p\u2024\u2024",  # one dot leaders
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_name(text, field="parent")
    assert caught.value.field == "parent"
    assert len(caught.value.message) < 500


@settings(deadline=None)
@given(project=IDS, job=IDS)
def test_a_name_is_what_its_parts_give(project: str, job: str) -> None:
    name = parse_name(f"projects/{project}/jobs/{job}", JOBS)
    assert (name.project, name.collection, name.id) == (project, JOBS, job)
    assert str(name) == f"projects/{project}/jobs/{job}"


@settings(deadline=None)
@given(project=IDS, digest=DIGESTS)
def test_a_blob_is_named_by_its_digest(project: str, digest: str) -> None:
    assert parse_name(f"projects/{project}/blobs/{digest}", BLOBS).id == digest


@settings(deadline=None)
@given(project=IDS)
def test_a_project_has_a_name_of_its_own(project: str) -> None:
    name = parse_name(project_name(project), PROJECTS)
    assert (name.project, name.id, str(name)) == (project, project, project_name(project))


def test_another_collection_is_refused_with_the_one_that_is_meant() -> None:
    with pytest.raises(InvalidInputError, match=r"projects/\{project\}/uploads/\{id\}"):
        parse_name("projects/p/jobs/j", UPLOADS)


@settings(deadline=None)
@given(st.text())
def test_whatever_is_given_is_parsed_or_refused(text: str) -> None:
    with suppress(InvalidInputError):
        assert str(parse_name(text)) == text
