"""What projects may hold, and who wins where two change one."""

import asyncio
import uuid

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import InvalidInputError, NotFoundError, StaleError
from bakehouse.jetstream.connection import Connection
from bakehouse.registry.records import Registry
from bakehouse.registry.revisions import Revisions
from bakehouse.rpc.paging import PageTokens
from gateway.creation import Asking
from gateway.listings import ProjectListing
from gateway.projects import ProjectChange, ProjectFields, Projects


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ([(str(n), "") for n in range(65)], "65 labels"),
        ([("key", "\x01")], "control character"),
        ([("", "x")], "a key has no characters"),
        ([("k" * 64, "x")], "a key has"),
        ([("k", "v" * 256)], "a value has"),
        ([(str(n), "😀" * 255) for n in range(64)], "32 KiB in all"),
    ],
)
def test_labels_that_are_too_much_are_refused(labels: list[tuple[str, str]], why: str) -> None:
    with pytest.raises(InvalidInputError, match=why) as caught:
        ProjectFields(labels=tuple(labels))
    assert caught.value.field == "project.labels"


def test_labels_as_large_as_they_may_be_are_taken() -> None:
    ProjectFields(display_name="ä" * 200, labels=tuple((f"{n:063}", "v" * 255) for n in range(64)))


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="201 characters"):
        ProjectFields(display_name="x" * 201)


@pytest.fixture
def projects(connection: Connection, store: DirectoryStore) -> Projects:
    return Projects(Registry(connection, Revisions(store)), ProjectListing(PageTokens(b"k" * 32)))


async def made(projects: Projects) -> str:
    project = f"p{uuid.uuid4().hex[:12]}"
    await projects.create(project, ProjectFields(display_name="old"), Asking())
    return project


async def test_changes_of_many_without_an_etag_are_all_made(projects: Projects) -> None:
    project = await made(projects)
    changes = [ProjectChange(display_name=f"new {n}") for n in range(8)]
    changed = await asyncio.gather(*(projects.update(project, c, validate_only=False) for c in changes))
    assert sorted(one.version for one in changed) == list(range(2, 10))


async def test_of_many_with_the_same_etag_one_wins(projects: Projects) -> None:
    project = await made(projects)
    changes = [ProjectChange(display_name=f"new {n}", etag="r1") for n in range(8)]
    results = await asyncio.gather(
        *(projects.update(project, change, validate_only=False) for change in changes), return_exceptions=True
    )
    assert sum(isinstance(result, StaleError) for result in results) == 7
    assert (await projects.get(project)).version == 2


async def test_a_change_leaves_the_other_fields_alone(projects: Projects) -> None:
    project = await made(projects)
    changed = await projects.update(project, ProjectChange(labels=(("a", "b"),)), validate_only=False)
    assert changed.fields == ProjectFields(display_name="old", labels=(("a", "b"),))


async def test_a_change_is_checked_like_a_creation(projects: Projects) -> None:
    project = await made(projects)
    with pytest.raises(InvalidInputError):
        await projects.update(project, ProjectChange(display_name="x" * 201), validate_only=False)


async def test_a_project_that_is_not_there_is_not_required_in_vain(projects: Projects) -> None:
    await projects.require(await made(projects))
    with pytest.raises(NotFoundError, match="projects/nowhere is not there") as caught:
        await projects.require("nowhere")
    assert caught.value.fields["resource"] == "projects/nowhere"


@pytest.mark.parametrize("project", ["shared", "probe"])
async def test_what_the_store_uses_itself_is_no_project(projects: Projects, project: str) -> None:
    with pytest.raises(InvalidInputError, match="reserved"):
        await projects.create(project, ProjectFields(), Asking())
