"""The jobs of a pipeline: found by the ids that are made of its own, started, ended."""

import asyncio
from collections.abc import Mapping

from bakehouse.errors import NotFoundError
from bakehouse.jobs.record import JobRecord, Priority
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.subjects import JOB_KIND
from bakehouse.jobs.submit import JobDesk, JobOrder
from bakehouse.registry.revisions import ResourceRef
from gateway.jobs import Kinds
from gateway.listings import JobListing
from gateway.pipelines.record import Pipeline, pipeline_of_job
from gateway.pipelines.steps import Order


class PipelineJobs:
    """The jobs of all pipelines. What is found or changed here is noted in the listing of jobs."""

    def __init__(self, *, desk: JobDesk, records: JobRecords, kinds: Kinds, listing: JobListing) -> None:
        self._desk = desk
        self._records = records
        self._kinds = kinds
        self._listing = listing

    async def of(self, pipeline: Pipeline) -> dict[str, JobRecord]:
        """The jobs that a pipeline has by now, by slot, as they are."""
        slots = pipeline.slots
        found = await asyncio.gather(*(self._read(pipeline, slot) for slot in slots))
        return {slot: job for slot, job in zip(slots, found, strict=True) if job is not None}

    def noted(self, pipeline: Pipeline) -> dict[str, JobRecord]:
        """The same as it was last noted, asking nobody: for lists."""
        found = {
            slot: self._listing.find(pipeline.resource.project, pipeline.job_id(slot))
            for slot in pipeline.slots
        }
        return {slot: job for slot, job in found.items() if job is not None and _is_of(job, pipeline)}

    async def start(self, pipeline: Pipeline, order: Order) -> JobRecord:
        """Start a job; the one that is there, if somebody was faster.

        Raises:
            InvalidInputError: no service of this studio does such work.
            AlreadyExistsError: somebody else's job has its id.
        """
        record = await self._desk.submit(
            JobOrder(
                service=self._kinds.service_of(order.kind),
                project=pipeline.resource.project,
                job=pipeline.job_id(order.slot),
                kind=order.kind,
                spec=order.spec,
                inputs=order.inputs,
                request=pipeline.request_of(order.slot),
                priority=Priority.AUTO,
                plan_only=order.plan_only,
            )
        )
        self._listing.note(record)
        return record

    async def end(self, jobs: Mapping[str, JobRecord]) -> None:
        """Cancel those that are not over."""
        for job in jobs.values():
            if not job.state.is_final:
                self._listing.note(await self._desk.cancel(job.ref))

    async def _read(self, pipeline: Pipeline, slot: str) -> JobRecord | None:
        ref = ResourceRef(project=pipeline.resource.project, kind=JOB_KIND, id=pipeline.job_id(slot))
        try:
            record = (await self._records.read(ref)).record
        except NotFoundError:
            return None
        return record if _is_of(record, pipeline) else None


def _is_of(job: JobRecord, pipeline: Pipeline) -> bool:
    """Whether the pipeline asked for the job: somebody may have chosen its id for another."""
    return pipeline_of_job(job.job, job.request) == pipeline.resource.id
