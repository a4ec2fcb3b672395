import asyncio
import uuid
from dataclasses import replace

import pytest

from bakehouse.errors import AlreadyExistsError, InvalidInputError, NotFoundError, StaleError
from bakehouse.jetstream.connection import Connection
from bakehouse.registry.records import Registry, Resource, request_digest
from bakehouse.registry.revisions import Revisions


@pytest.fixture
def registry(connection: Connection, revisions: Revisions) -> Registry:
    return Registry(connection, revisions)


def project(**body: str) -> Resource:
    name = uuid.uuid4().hex
    return Resource(
        project=name, kind="project", id=name, body=body, request="r1", request_digest=request_digest(body)
    )


async def test_what_is_created_is_there(registry: Registry) -> None:
    made = await registry.create(project(display_name="Mine"))
    assert await registry.get(made.ref) == made
    assert (made.version, made.create_time == made.update_time) == (1, True)


async def test_the_same_request_at_the_same_time_is_one_resource(registry: Registry) -> None:
    wanted = project(a="1")
    made = await asyncio.gather(*(registry.create(wanted) for _ in range(4)))
    assert {resource.version for resource in made} == {1}
    assert len({resource.create_time for resource in made}) == 1


async def test_a_taken_name_and_a_request_used_twice_are_refused(registry: Registry) -> None:
    made = await registry.create(project(a="1"))
    with pytest.raises(AlreadyExistsError):
        await registry.create(replace(made, request="r2"))
    with pytest.raises(InvalidInputError, match="request_id 'r1'"):
        await registry.create(replace(made, request_digest="another"))


async def test_an_update_counts_versions(registry: Registry) -> None:
    made = await registry.create(project(a="1"))
    again = await registry.update(replace(made, body={"a": "2"}), version=1)
    assert (again.version, (await registry.get(made.ref)).body) == (2, {"a": "2"})


async def test_an_update_of_an_older_version_is_refused(registry: Registry) -> None:
    made = await registry.create(project())
    await registry.update(made)
    with pytest.raises(StaleError, match="has version 2, not 1") as caught:
        await registry.update(made, version=1)
    assert caught.value.fields == {"version": "2"}


async def test_what_is_not_there_or_deleted_is_not_found(registry: Registry) -> None:
    with pytest.raises(NotFoundError):
        await registry.get(project().ref)
    made = await registry.create(project())
    await registry.update(replace(made, deleted=True))
    with pytest.raises(NotFoundError):
        await registry.get(made.ref)
    with pytest.raises(NotFoundError):
        await registry.update(made)


async def test_an_id_that_was_deleted_can_be_had_again_where_that_is_asked_for(registry: Registry) -> None:
    made = await registry.create(project())
    gone = await registry.update(replace(made, deleted=True))
    again = await registry.create(replace(made, request="another"), again=True)
    assert (again.version, again.deleted) == (gone.version + 1, False)
    assert await registry.get(made.ref) == again
    with pytest.raises(AlreadyExistsError):
        await registry.create(replace(made, request="a third"), again=True)
