"""How resources are asked for."""

import uuid

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import AlreadyExistsError, InvalidInputError
from bakehouse.jetstream.connection import Connection
from bakehouse.registry.records import Registry, Resource, request_digest
from bakehouse.registry.revisions import Revisions
from gateway.creation import Asking, preview


def test_the_same_request_asks_for_the_same_id() -> None:
    first, second = (Asking(request_id="r").new_id("job", "p") for _ in range(2))
    assert first == second
    assert first.startswith("job-")


def test_another_project_or_request_asks_for_another_id() -> None:
    asked = [("r", "p"), ("r", "q"), ("s", "p"), ("", "p"), ("", "p")]
    assert len({Asking(request_id=request).new_id("job", project) for request, project in asked}) == 5


def test_a_request_without_an_id_is_like_no_other() -> None:
    assert Asking().request != Asking().request


def wanted(request: str, note: str = "") -> Resource:
    body = {"note": note}
    return Resource(
        project=f"p{uuid.uuid4().hex[:8]}",
        kind="thing",
        id="t",
        body=body,
        request=request,
        request_digest=request_digest(body),
    )


@pytest.fixture
def registry(connection: Connection, store: DirectoryStore) -> Registry:
    return Registry(connection, Revisions(store))


async def test_a_preview_makes_nothing(registry: Registry) -> None:
    resource = wanted("r")
    seen = await preview(registry, resource)
    assert (seen.version, bool(seen.create_time)) == (1, True)
    assert (await registry.create(resource)).version == 1


async def test_a_preview_of_what_the_same_request_made_is_that(registry: Registry) -> None:
    resource = wanted("r")
    made = await registry.create(resource)
    assert await preview(registry, resource) == made


@pytest.mark.parametrize(("request_id", "error"), [("r", InvalidInputError), ("s", AlreadyExistsError)])
async def test_a_preview_fails_as_the_creation_would(
    registry: Registry, request_id: str, error: type[Exception]
) -> None:
    made = await registry.create(wanted("r"))
    other = Resource(project=made.project, kind="thing", id="t", body={}, request=request_id)
    with pytest.raises(error):
        await preview(registry, other)
