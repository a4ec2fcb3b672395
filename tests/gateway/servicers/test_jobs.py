"""Jobs over gRPC: nobody works on them here."""

import asyncio
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import AlreadyExistsError, BakehouseError, InvalidInputError, NotFoundError, StaleError
from bakehouse.v1.job_pb2 import (
    CancelJobRequest,
    CreateJobRequest,
    GetJobRequest,
    Job,
    ListJobsRequest,
)
from tests.gateway.bakery import Bakery, call, failure_of

Priority = Job.Priority


def job_of(**fields: Any) -> Job:
    spec = Struct()
    spec.update(fields.pop("spec", {"num_items": 3, "batch": {"sizes": [1, 2]}, "rate": "0.5"}))
    return Job(**{"kind": "toy.bake", "spec": spec, **fields})


async def create(shop: Bakery, project: str, job: Job | None = None, **fields: Any) -> Job:
    request = CreateJobRequest(parent=f"projects/{project}", job=job or job_of(), **fields)
    return await call(shop.client.jobs.CreateJob, request)


async def refusal(shop: Bakery, project: str, job: Job | None = None, **fields: Any) -> BakehouseError:
    request = CreateJobRequest(parent=f"projects/{project}", job=job or job_of(), **fields)
    return await failure_of(shop.client.jobs.CreateJob, request)


async def read(shop: Bakery, name: str) -> Job:
    return await call(shop.client.jobs.GetJob, GetJobRequest(name=name))


async def test_a_job_is_queued_and_read(shop: Bakery) -> None:
    project = await shop.new_project()
    digest = Blobs(shop.store, project).put(b"manifest")
    wanted = job_of(inputs={"base": digest}, priority=Priority.PRIORITY_BULK)
    made = await create(shop, project, wanted, job_id="cake")
    assert await read(shop, made.name) == made
    assert made.name == f"projects/{project}/jobs/cake"
    assert (made.kind, made.spec, made.inputs, made.priority) == (
        wanted.kind,
        wanted.spec,
        wanted.inputs,
        wanted.priority,
    )
    assert (made.state, made.etag, made.epoch) == (Job.STATE_QUEUED, "r1", 0)
    assert made.HasField("create_time")
    assert not any(made.HasField(name) for name in ("start_time", "end_time", "error", "result"))


async def test_the_same_request_twice_makes_one_job(shop: Bakery) -> None:
    project = await shop.new_project()
    first, second = await asyncio.gather(*(create(shop, project, request_id="r") for _ in range(2)))
    assert first == second
    assert (await create(shop, project)).name != first.name


async def test_the_same_request_id_for_another_job_is_refused(shop: Bakery) -> None:
    project = await shop.new_project()
    await create(shop, project, request_id="r")
    error = await refusal(shop, project, job_of(spec={"num_items": 4}), request_id="r")
    assert isinstance(error, InvalidInputError)
    assert error.field == "request_id"


async def test_an_id_is_taken_once(shop: Bakery) -> None:
    project = await shop.new_project()
    made = await create(shop, project, job_id="cake")
    error = await refusal(shop, project, job_id="cake")
    assert (type(error), error.fields["resource"]) == (AlreadyExistsError, made.name)


async def test_validate_only_starts_nothing(shop: Bakery) -> None:
    project = await shop.new_project()
    seen = await create(shop, project, job_id="cake", validate_only=True)
    assert (seen.name, seen.state, seen.etag) == (f"projects/{project}/jobs/cake", Job.STATE_QUEUED, "r1")
    assert type(await failure_of(shop.client.jobs.GetJob, GetJobRequest(name=seen.name))) is NotFoundError


@pytest.mark.parametrize("is_same", [True, False])
async def test_validate_only_of_what_is_there_answers_as_the_creation_would(
    shop: Bakery, is_same: bool
) -> None:
    project = await shop.new_project()
    made = await create(shop, project, job_id="cake", request_id="r")
    if is_same:
        assert await create(shop, project, job_id="cake", request_id="r", validate_only=True) == made
    else:
        error = await refusal(shop, project, job_id="cake", request_id="s", validate_only=True)
        assert type(error) is AlreadyExistsError


WRONG = {
    "job.kind": [job_of(kind="toy.bakes"), job_of(kind=""), job_of(kind="x" * 5000)],
    "job.spec": [
        job_of(spec={"rate": 0.5}),
        job_of(spec={"n": 2.0**60}),
        job_of(spec={"größe": 1}),
        job_of(spec={"text": "x" * (256 << 10)}),
    ],
    "job.inputs[base]": [job_of(inputs={"base": "f" * 64}), job_of(inputs={"base": "../x"})],
    "job.inputs": [job_of(inputs={"": "f" * 64}), job_of(inputs={str(n): "f" * 64 for n in range(33)})],
    "job.priority": [job_of(priority=99)],
}


@pytest.mark.parametrize("validate_only", [True, False])
@pytest.mark.parametrize(("field", "job"), [(field, job) for field, jobs in WRONG.items() for job in jobs])
async def test_a_wrong_job_is_refused_with_its_field(
    shop: Bakery, field: str, job: Job, validate_only: bool
) -> None:
    error = await refusal(shop, await shop.new_project(), job, validate_only=validate_only)
    assert isinstance(error, InvalidInputError)
    assert error.field == field


async def test_an_input_of_another_project_is_not_there(shop: Bakery) -> None:
    mine, theirs = await shop.new_project(), await shop.new_project()
    digest = Blobs(shop.store, theirs).put(b"manifest")
    error = await refusal(shop, mine, job_of(inputs={"base": digest}))
    assert isinstance(error, InvalidInputError)


@pytest.mark.parametrize("job_id", ["Cake", "-cake", "a/b", "..", "a.b", "x" * 64])
async def test_an_id_that_is_none_is_refused(shop: Bakery, job_id: str) -> None:
    error = await refusal(shop, await shop.new_project(), job_id=job_id)
    assert isinstance(error, InvalidInputError)
    assert error.field == "job_id"


async def test_a_job_in_no_project_is_not_found(shop: Bakery) -> None:
    error = await refusal(shop, "nowhere")
    assert (type(error), error.fields["resource"]) == (NotFoundError, "projects/nowhere")


async def test_a_job_is_cancelled_and_stays_so(shop: Bakery) -> None:
    made = await create(shop, await shop.new_project())
    over = await call(shop.client.jobs.CancelJob, CancelJobRequest(name=made.name, etag=made.etag))
    assert (over.state, over.etag, over.spec) == (Job.STATE_CANCELLED, "r2", made.spec)
    assert over.HasField("end_time")
    again = await call(shop.client.jobs.CancelJob, CancelJobRequest(name=made.name, etag="r1"))
    assert again == over


async def test_a_stale_etag_is_told_with_its_details(shop: Bakery) -> None:
    made = await create(shop, await shop.new_project())
    request = CancelJobRequest(name=made.name, etag="r7")
    error = await failure_of(shop.client.jobs.CancelJob, request)
    assert type(error) is StaleError
    assert (error.fields["resource"], error.fields["current_etag"]) == (made.name, "r1")
    assert (await read(shop, made.name)).state == Job.STATE_QUEUED


async def test_trying_to_cancel_ends_nothing(shop: Bakery) -> None:
    made = await create(shop, await shop.new_project())
    request = CancelJobRequest(name=made.name, etag=made.etag, validate_only=True)
    assert (await call(shop.client.jobs.CancelJob, request)).state == Job.STATE_CANCELLED
    assert (await read(shop, made.name)).state == Job.STATE_QUEUED
    stale = CancelJobRequest(name=made.name, etag="r99", validate_only=True)
    assert type(await failure_of(shop.client.jobs.CancelJob, stale)) is StaleError


async def test_a_secret_in_clear_is_refused_and_not_shown(shop: Bakery) -> None:
    error = await refusal(shop, await shop.new_project(), job_of(spec={"bucket": {"api_key": "wpz-764e"}}))
    assert isinstance(error, InvalidInputError)
    assert (error.field, "wpz" in error.message) == ("job.spec", False)
    assert error.message.startswith("job.spec.bucket.api_key: a secret in clear")


async def test_a_job_that_is_not_there_can_not_be_cancelled(shop: Bakery) -> None:
    name = f"projects/{await shop.new_project()}/jobs/none"
    error = await failure_of(shop.client.jobs.CancelJob, CancelJobRequest(name=name))
    assert (type(error), error.fields["resource"]) == (NotFoundError, name)


async def listed(shop: Bakery, project: str, **fields: Any) -> tuple[list[Job], str]:
    request = ListJobsRequest(parent=f"projects/{project}", **fields)
    answer = await call(shop.client.jobs.ListJobs, request)
    return list(answer.jobs), answer.next_page_token


async def test_jobs_are_listed_newest_first_without_their_specs(shop: Bakery) -> None:
    project = await shop.new_project()
    made = []
    for n in range(5):
        made.append(await create(shop, project, job_id=f"j{n}"))
        await asyncio.sleep(0.002)  # times are in milliseconds
    first, token = await listed(shop, project, page_size=3)
    rest, end = await listed(shop, project, page_token=token)
    assert [job.name for job in (*first, *rest)] == [job.name for job in reversed(made)]
    assert end == ""
    for job in made:
        job.ClearField("spec")
    assert [*first, *rest] == made[::-1]


async def test_jobs_are_chosen_by_state_and_kind(shop: Bakery) -> None:
    project = await shop.new_project()
    made = [await create(shop, project, job_id=f"j{n}") for n in range(3)]
    await call(shop.client.jobs.CancelJob, CancelJobRequest(name=made[1].name))
    cancelled, _ = await listed(shop, project, state=Job.STATE_CANCELLED, kind="toy.bake")
    assert [job.name for job in cancelled] == [made[1].name]
    assert await listed(shop, project, kind="toy.fry") == ([], "")


async def test_a_page_token_of_another_project_is_refused(shop: Bakery) -> None:
    mine, theirs = await shop.new_project(), await shop.new_project()
    for n in range(2):
        await create(shop, theirs, job_id=f"j{n}")
    _, token = await listed(shop, theirs, page_size=1)
    request = ListJobsRequest(parent=f"projects/{mine}", page_token=token)
    error = await failure_of(shop.client.jobs.ListJobs, request)
    assert isinstance(error, InvalidInputError)
    assert error.field == "page_token"


async def test_a_state_that_is_none_is_refused(shop: Bakery) -> None:
    parent = f"projects/{await shop.new_project()}"
    request = ListJobsRequest(parent=parent, state=99)  # type: ignore[arg-type]  # a newer client's
    error = await failure_of(shop.client.jobs.ListJobs, request)
    assert isinstance(error, InvalidInputError)
    assert error.field == "state"


async def test_the_jobs_of_no_project_are_not_found(shop: Bakery) -> None:
    request = ListJobsRequest(parent="projects/nowhere")
    assert type(await failure_of(shop.client.jobs.ListJobs, request)) is NotFoundError


async def test_a_job_whose_spec_was_lost_is_damaged_not_missing(shop: Bakery) -> None:
    project = await shop.new_project()
    made = await create(shop, project)
    shop.store.delete(
        [entry.key for entry in shop.store.list(f"{project}/blobs/") if not isinstance(entry, str)]
    )
    error = await failure_of(shop.client.jobs.GetJob, GetJobRequest(name=made.name))
    assert error.reason == "CORRUPTION"
