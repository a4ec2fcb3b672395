"""Projects over gRPC."""

import uuid

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from bakehouse.errors import AlreadyExistsError, InvalidInputError, NotFoundError, StaleError
from bakehouse.v1.project_pb2 import (
    CreateProjectRequest,
    GetProjectRequest,
    ListProjectsRequest,
    Project,
    UpdateProjectRequest,
)
from tests.gateway.bakery import Bakery, Client, call, failure_of

CAKES = Project(display_name="Cakes", labels={"größe": "3 étages"})


def fresh() -> str:
    return f"p{uuid.uuid4().hex[:12]}"


async def create(client: Client, project: str, **fields: object) -> Project:
    request = CreateProjectRequest(project_id=project, project=CAKES, **fields)  # type: ignore[arg-type]
    return await call(client.projects.CreateProject, request)


async def read(client: Client, project: str) -> Project:
    return await call(client.projects.GetProject, GetProjectRequest(name=f"projects/{project}"))


async def test_a_project_is_made_and_read(shop: Bakery) -> None:
    project = fresh()
    made = await create(shop.client, project)
    assert await read(shop.client, project) == made
    assert (made.name, made.display_name, dict(made.labels), made.etag) == (
        f"projects/{project}",
        "Cakes",
        {"größe": "3 étages"},
        "r1",
    )
    assert made.create_time == made.update_time


async def test_an_id_is_taken_once(shop: Bakery) -> None:
    project = fresh()
    await create(shop.client, project)
    request = CreateProjectRequest(project_id=project)
    error = await failure_of(shop.client.projects.CreateProject, request)
    assert type(error) is AlreadyExistsError
    assert error.fields["resource"] == f"projects/{project}"


async def test_the_same_request_twice_makes_one(shop: Bakery) -> None:
    project = fresh()
    made = await create(shop.client, project, request_id="r")
    assert await create(shop.client, project, request_id="r") == made


async def test_the_same_request_id_for_something_else_is_refused(shop: Bakery) -> None:
    project = fresh()
    await create(shop.client, project, request_id="r")
    request = CreateProjectRequest(project_id=project, request_id="r")
    error = await failure_of(shop.client.projects.CreateProject, request)
    assert isinstance(error, InvalidInputError)
    assert error.field == "request_id"


async def test_validate_only_makes_nothing(shop: Bakery) -> None:
    project = fresh()
    seen = await create(shop.client, project, validate_only=True)
    assert (seen.name, seen.etag) == (f"projects/{project}", "r1")
    request = GetProjectRequest(name=f"projects/{project}")
    assert type(await failure_of(shop.client.projects.GetProject, request)) is NotFoundError


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (CreateProjectRequest(project_id="shared"), "project_id"),
        (
            CreateProjectRequest(project_id="ok", project=Project(display_name="x" * 201)),
            "project.display_name",
        ),
        (CreateProjectRequest(project_id="ok", project=Project(labels={"": "x"})), "project.labels"),
        (CreateProjectRequest(project_id="ok", request_id="x" * 129), "request_id"),
    ],
)
async def test_a_wrong_project_is_refused_with_its_field(
    shop: Bakery, request_: CreateProjectRequest, field: str
) -> None:
    error = await failure_of(shop.client.projects.CreateProject, request_)
    assert isinstance(error, InvalidInputError)
    assert error.field == field


async def update(shop: Bakery, project: Project, *paths: str, validate_only: bool = False) -> Project:
    request = UpdateProjectRequest(
        project=project, update_mask=FieldMask(paths=paths), validate_only=validate_only
    )
    return await call(shop.client.projects.UpdateProject, request)


async def test_the_mask_says_what_changes(shop: Bakery) -> None:
    made = await create(shop.client, fresh())
    changed = await update(shop, Project(name=made.name, display_name="Pies"), "labels")
    assert (changed.display_name, dict(changed.labels), changed.etag) == ("Cakes", {}, "r2")
    assert changed.create_time == made.create_time


async def test_without_a_mask_what_is_set_changes(shop: Bakery) -> None:
    made = await create(shop.client, fresh())
    changed = await update(shop, Project(name=made.name, display_name="Pies"))
    assert (changed.display_name, changed.labels) == ("Pies", made.labels)


async def test_validate_only_changes_nothing(shop: Bakery) -> None:
    project = fresh()
    made = await create(shop.client, project)
    seen = await update(shop, Project(name=made.name, display_name="Pies"), validate_only=True)
    assert seen.display_name == "Pies"
    assert await read(shop.client, project) == made


async def test_a_stale_etag_is_told_with_its_details(shop: Bakery) -> None:
    made = await create(shop.client, fresh())
    await update(shop, Project(name=made.name, display_name="Pies", etag=made.etag))
    request = UpdateProjectRequest(project=Project(name=made.name, display_name="Tarts", etag=made.etag))
    error = await failure_of(shop.client.projects.UpdateProject, request)
    assert type(error) is StaleError
    assert (error.fields["resource"], error.fields["etag"], error.fields["current_etag"]) == (
        made.name,
        "r1",
        "r2",
    )


@pytest.mark.parametrize("path", ["name", "create_time", "labels.a", "*", "x" * 500])
async def test_what_can_not_change_is_refused(shop: Bakery, path: str) -> None:
    made = await create(shop.client, fresh())
    request = UpdateProjectRequest(project=made, update_mask=FieldMask(paths=[path]))
    error = await failure_of(shop.client.projects.UpdateProject, request)
    assert isinstance(error, InvalidInputError)
    assert error.field == "update_mask"


async def names(client: Client, **fields: object) -> tuple[list[str], str]:
    request = ListProjectsRequest(**fields)  # type: ignore[arg-type]
    answer = await call(client.projects.ListProjects, request)
    return [project.name for project in answer.projects], answer.next_page_token


async def test_a_token_lists_its_own_projects_only(shop: Bakery) -> None:
    mine = sorted([fresh(), fresh(), fresh()])
    for project in (*mine, fresh()):
        await create(shop.client, project)
    client = shop.client_of(shop.tokens.add(projects=tuple(mine)))
    first, token = await names(client, page_size=2)
    assert first == [f"projects/{project}" for project in mine[:2]]
    assert await names(client, page_token=token) == ([f"projects/{mine[2]}"], "")


async def test_a_list_after_a_create_has_it(shop: Bakery) -> None:
    for _ in range(5):
        project = fresh()
        client = shop.client_of(shop.tokens.add(projects=(project,)))
        await create(client, project)
        assert await names(client) == ([f"projects/{project}"], "")


@pytest.mark.parametrize(
    "fields", [{"page_size": -1}, {"page_token": "x"}, {"page_token": "A" * 1000}, {"page_token": "é"}]
)
async def test_a_page_that_can_not_be_is_refused(shop: Bakery, fields: dict[str, object]) -> None:
    request = ListProjectsRequest(**fields)  # type: ignore[arg-type]
    assert type(await failure_of(shop.client.projects.ListProjects, request)) is InvalidInputError
