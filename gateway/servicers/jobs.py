"""bakehouse.v1.JobService."""

from datetime import UTC, datetime

from typing_extensions import override

from bakehouse.rpc.call import Context, current_call
from bakehouse.v1.job_pb2 import (
    CancelJobRequest,
    CreateJobRequest,
    GetJobRequest,
    Job,
    ListJobsRequest,
    ListJobsResponse,
)
from bakehouse.v1.job_pb2_grpc import JobServiceServicer
from gateway import convert, jobs
from gateway.jobs import Jobs
from gateway.pages import PageWish


class JobServicer(JobServiceServicer):
    """Jobs over gRPC."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    @override
    async def CreateJob(self, request: CreateJobRequest, context: Context) -> Job:
        asking = convert.asking(request.request_id, validate_only=request.validate_only)
        job = await self._jobs.create(
            convert.project_of(request.parent, field="parent"),
            convert.job_id(request.job_id),
            convert.job_wish(request.job),
            asking,
            trace=current_call().trace,
        )
        return _message(job)

    @override
    async def GetJob(self, request: GetJobRequest, context: Context) -> Job:
        name = convert.job_name(request.name)
        return _message(await self._jobs.get(name.project, name.id))

    @override
    async def ListJobs(self, request: ListJobsRequest, context: Context) -> ListJobsResponse:
        project, chosen = convert.project_of(request.parent, field="parent"), convert.job_filter(request)
        wanted = PageWish(size=request.page_size, token=request.page_token)
        page = await self._jobs.page(project, chosen, wanted)
        return ListJobsResponse(jobs=map(_message, page.entries), next_page_token=page.next)

    @override
    async def CancelJob(self, request: CancelJobRequest, context: Context) -> Job:
        name = convert.job_name(request.name)
        job = await self._jobs.cancel(
            name.project, name.id, etag=request.etag, validate_only=request.validate_only
        )
        return _message(job)


def _message(job: jobs.Job) -> Job:
    return convert.job_message(job, now=datetime.now(UTC))
