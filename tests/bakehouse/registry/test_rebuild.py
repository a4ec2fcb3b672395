from bakehouse.jetstream.connecting import connected
from bakehouse.migration import Layout, migrate
from bakehouse.registry.rebuild import rebuild
from bakehouse.registry.records import Registry, Resource
from bakehouse.registry.revisions import Candidate, ResourceRef, Revisions
from tests.nats_process import NatsProcess

BUCKETS = {"job": "jobs"}


async def test_an_empty_bucket_is_filled_from_the_store_once(
    own_nats: NatsProcess, revisions: Revisions
) -> None:
    names = [f"p{n:04d}" for n in range(1200)]
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [], Layout())
        registry = Registry(connection, revisions)
        made = await registry.create(Resource(project="mine", kind="project", id="mine", body={}))
        for name in names:
            ref = ResourceRef(project=name, kind="job", id="j")
            revisions.write(ref, Candidate(version=1, data=b"{}"))
        assert await rebuild(connection, revisions, buckets=BUCKETS) == 1200  # the project was there
        assert await rebuild(connection, revisions, buckets=BUCKETS) == 0
        own_nats.kill()
        own_nats.lose_disk()
        own_nats.start()
    async with connected(own_nats.settings, name="test") as connection:
        await migrate(connection, [], Layout())
        assert await rebuild(connection, revisions, buckets=BUCKETS) == 1201
        assert await Registry(connection, revisions).get(made.ref) == made
        assert len(await connection.subjects("KV_jobs", "$KV.jobs.>")) == 1200
