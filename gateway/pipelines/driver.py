"""Drives pipelines: reads how one is, takes the next step, swaps its record.

It may be killed anywhere, and run by any number of gateways at once: a step taken twice is one step, since
its jobs have the ids of their slots. It is woken by what happens to jobs and pipelines, and by a slow tick.
"""

import asyncio
import json
import random
from contextlib import suppress
from dataclasses import replace

from bakehouse.base_model import load_base_model
from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectStore
from bakehouse.canonical_json import Json
from bakehouse.errors import BakehouseError, CapacityError, NotFoundError, StaleError, UnavailableError
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.logs import get_logger
from bakehouse.registry.records import Registry, now_text
from bakehouse.registry.revisions import ResourceRef
from gateway.listings import Listings
from gateway.pipelines.events import announce_states
from gateway.pipelines.jobs import PipelineJobs
from gateway.pipelines.recipe import parse_recipe
from gateway.pipelines.record import (
    Pipeline,
    PipelineBody,
    PipelineError,
    PipelineState,
    decode_pipeline,
    encode_body,
    entered,
    pipeline_of_job,
    pipeline_ref,
)
from gateway.pipelines.stage_results import RegisterResult, read_result
from gateway.pipelines.steps import Baking, Ending, next_step, results_of

_TICK_S = 30.0
_RETRY_S = 2.0
_AT_ONCE = 16
_MAX_MESSAGE = 8000

log = get_logger()


class PipelineDriver:
    """Drives all pipelines for as long as `run` runs."""

    def __init__(
        self,
        *,
        connection: Connection,
        store: ObjectStore,
        registry: Registry,
        jobs: PipelineJobs,
        listings: Listings,
        tick_s: float = _TICK_S,
    ) -> None:
        self._connection = connection
        self._store = store
        self._registry = registry
        self._jobs = jobs
        self._listings = listings
        self._tick_s = tick_s
        self._due: set[ResourceRef] = set()
        self._woken = asyncio.Event()
        self._open_jobs: dict[ResourceRef, set[str]] = {}
        listings.jobs.observers.append(self._on_job)
        listings.pipelines.observers.append(self._on_pipeline)

    async def run(self) -> None:
        """Drive, for ever, once the listings are complete. What fails for want of NATS is repeated."""
        loop = asyncio.get_running_loop()
        next_tick = loop.time()
        while True:
            if loop.time() >= next_tick:
                next_tick = loop.time() + self._tick_s * random.uniform(0.7, 1.3)
                self._tick()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_tick):
                    await self._woken.wait()
            self._woken.clear()
            while self._due:
                refs = [self._due.pop() for _ in range(min(_AT_ONCE, len(self._due)))]
                await asyncio.gather(*(self._look(ref) for ref in refs))

    def _wake(self, ref: ResourceRef) -> None:
        self._due.add(ref)
        self._woken.set()

    def _tick(self) -> None:
        for ref in (*(p.resource.ref for p in self._listings.pipelines.unsettled()), *self._open_jobs):
            self._wake(ref)

    def _on_job(self, record: JobRecord) -> None:
        name = pipeline_of_job(record.job, record.request)
        if not name:
            return
        ref, pipeline = (
            pipeline_ref(record.project, name),
            self._listings.pipelines.find(record.project, name),
        )
        if record.state.is_final:
            open_jobs = self._open_jobs.get(ref, set())
            open_jobs.discard(record.job)
            if not open_jobs:
                self._open_jobs.pop(ref, None)
            if pipeline is not None and not pipeline.body.is_settled:
                self._wake(ref)
        else:
            self._open_jobs.setdefault(ref, set()).add(record.job)
            if pipeline is not None and pipeline.body.state.is_final:
                self._wake(ref)  # who started it did not know of the end yet

    def _on_pipeline(self, pipeline: Pipeline) -> None:
        if not pipeline.body.is_settled:
            self._wake(pipeline.resource.ref)

    async def _look(self, ref: ResourceRef) -> None:
        try:
            await self._drive(ref)
        except NotFoundError:
            return  # NATS came back empty; the tick looks again when it is filled
        except StaleError:
            self._wake(ref)
        except (UnavailableError, CapacityError) as error:
            log.warning("pipeline_waits", pipeline=ref.id, reason=error.message)
            asyncio.get_running_loop().call_later(_RETRY_S, self._wake, ref)
        except Exception:  # the top of a pipeline's step: the others go on, and the tick tries again
            log.exception("pipeline_step_failed", pipeline=ref.id)

    async def _drive(self, ref: ResourceRef) -> None:
        pipeline = decode_pipeline(await self._registry.get(ref))
        jobs = await self._jobs.of(pipeline)
        if pipeline.body.num_announced < len(pipeline.body.entered):
            num_announced = await announce_states(self._connection, pipeline)
            pipeline = replace(pipeline, body=replace(pipeline.body, num_announced=num_announced))
        if not pipeline.body.state.is_final:
            await self._take_step(pipeline, jobs)
            return
        await self._jobs.end(jobs)
        if pipeline.body != decode_pipeline(pipeline.resource).body:
            await self._swap(pipeline, pipeline.body)

    async def _take_step(self, pipeline: Pipeline, jobs: dict[str, JobRecord]) -> None:
        at_work = ""  # the stage to blame for what is refused
        try:
            baking, alignment = await self._baking(pipeline), await self._alignment(pipeline, jobs)
            step = next_step(baking, jobs, alignment=alignment)
            for order in step.orders:
                at_work = order.stage.name
                await self._jobs.start(pipeline, order)
        except (UnavailableError, CapacityError, StaleError):
            raise
        except BakehouseError as error:  # the same step would be refused again
            await self._fail(
                pipeline, PipelineError(stage=at_work, reason=error.reason, message=error.message)
            )
            return
        if step.ending is not None:
            await self._end(pipeline, step.ending)
        elif pipeline.body.state is PipelineState.QUEUED:
            await self._enter(pipeline, pipeline.body, PipelineState.RUNNING)

    async def _end(self, pipeline: Pipeline, ending: Ending) -> None:
        if ending.state is JobState.FAILED:
            await self._fail(pipeline, _error_of(ending))
            return
        await self._jobs.end(await self._jobs.of(pipeline))
        await self._enter(pipeline, pipeline.body, PipelineState(ending.state))

    async def _fail(self, pipeline: Pipeline, error: PipelineError) -> None:
        await self._jobs.end(await self._jobs.of(pipeline))
        kept = replace(error, message=error.message[:_MAX_MESSAGE])
        await self._enter(pipeline, replace(pipeline.body, error=kept), PipelineState.FAILED)

    async def _baking(self, pipeline: Pipeline) -> Baking:
        body = pipeline.body
        data: dict[str, Json] = json.loads(await asyncio.to_thread(self._blobs(pipeline).get, body.recipe))
        return Baking(recipe=parse_recipe(data), mode=body.mode, fresh=body.fresh)

    async def _alignment(self, pipeline: Pipeline, jobs: dict[str, JobRecord]) -> int | None:
        found = results_of(jobs).get("register")
        if found is None:
            return None
        registered = read_result(RegisterResult, found, job=jobs["register"].job)
        model = await asyncio.to_thread(load_base_model, self._blobs(pipeline), registered.base_model)
        return model.alignment

    def _blobs(self, pipeline: Pipeline) -> Blobs:
        return Blobs(self._store, pipeline.resource.project)

    async def _enter(self, pipeline: Pipeline, body: PipelineBody, state: PipelineState) -> None:
        await self._swap(pipeline, entered(body, state, time=now_text()))
        log.info("pipeline_state", pipeline=pipeline.resource.id, state=state)

    async def _swap(self, pipeline: Pipeline, body: PipelineBody) -> None:
        wanted = replace(pipeline.resource, body=encode_body(body))
        swapped = await self._registry.update(wanted, version=pipeline.resource.version)
        self._listings.pipelines.note(decode_pipeline(swapped))


def _error_of(ending: Ending) -> PipelineError:
    error = None if ending.job is None else ending.job.error
    if error is None:
        return PipelineError(
            stage=ending.stage, reason="INTERNAL", message="its job failed and does not say why"
        )
    return PipelineError(stage=ending.stage, reason=error.reason, message=error.message)
