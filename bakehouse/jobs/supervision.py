"""All jobs that one `serve` process supervises: takes them from the queue, feeds them, hands them back."""

import asyncio
import random
from contextlib import AsyncExitStack

from structlog.contextvars import bind_contextvars

from bakehouse.errors import BakehouseError, CorruptionError, NotFoundError, UnavailableError
from bakehouse.jetstream.pull import Delivery, Pull, pulling
from bakehouse.jetstream.tail import CaughtUp, tailing
from bakehouse.jobs import subjects
from bakehouse.jobs.janitor import Janitor
from bakehouse.jobs.keeper import Keeper, keeping
from bakehouse.jobs.messages import DONE_WIRE
from bakehouse.jobs.records import read_signal
from bakehouse.jobs.supervisor import Desk, SupersededError, Supervisor
from bakehouse.logs import get_logger
from bakehouse.registry.revisions import ResourceRef
from bakehouse.wire import UnknownSchemaError

_PULL_S = 30.0
_JANITOR_S = 15.0
_FAULT_DELAY_S = 5.0

log = get_logger()


class Supervision:
    """Supervises up to `max_jobs` jobs of a service at once, until it is cancelled."""

    def __init__(self, desk: Desk, *, ack_wait_s: float, max_jobs: int = 64) -> None:
        self._desk = desk
        self._ack_wait_s = ack_wait_s
        self._room = asyncio.Semaphore(max_jobs)
        self._jobs: dict[ResourceRef, Supervisor] = {}
        self._listening = asyncio.Event()
        self._janitor = Janitor(desk.connection, desk.records, desk.service.name)

    async def run(self) -> None:
        """Supervise for ever; on cancellation every job is handed back at once, for another replica."""
        connection, service = self._desk.connection, self._desk.service.name
        async with AsyncExitStack() as stack:
            keeper = await stack.enter_async_context(keeping(ack_wait_s=self._ack_wait_s))
            pull = await stack.enter_async_context(
                pulling(connection, stream=subjects.SUPERVISE, durable=subjects.supervise_consumer(service))
            )
            stack.callback(connection.on_return(self._janitor.wake))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_words())
                tasks.create_task(self._follow_records())
                tasks.create_task(self._janitor.work(every_s=_JANITOR_S * random.uniform(0.7, 1.3)))
                await self._take_jobs(pull, keeper, tasks)

    async def _take_jobs(self, pull: Pull, keeper: Keeper, tasks: asyncio.TaskGroup) -> None:
        await self._listening.wait()  # or a worker's word could be said before anyone hears it
        while True:
            await self._room.acquire()
            try:
                delivery = await pull.take(wait_s=_PULL_S)
            except UnavailableError:
                delivery = None
                await asyncio.sleep(1)
            if delivery is None:
                self._room.release()
                continue
            keeper.hold(delivery)
            tasks.create_task(self._supervise(delivery, keeper))

    async def _supervise(self, delivery: Delivery, keeper: Keeper) -> None:
        ref = subjects.job_of_subject(delivery.subject)
        bind_contextvars(project=ref.project, job=ref.job)
        supervisor = Supervisor(self._desk, ref)
        if previous := self._jobs.get(ref.resource):
            previous.let_go()  # this process slept past the ack wait, and the job came back to it
        self._jobs[ref.resource] = supervisor
        try:
            await self._run(supervisor, delivery)
        except asyncio.CancelledError:
            await delivery.hand_back()
            raise
        finally:
            keeper.release(delivery)
            if self._jobs.get(ref.resource) is supervisor:
                del self._jobs[ref.resource]
            self._room.release()

    async def _run(self, supervisor: Supervisor, delivery: Delivery) -> None:
        try:
            await supervisor.run()
            await delivery.ack()
        except SupersededError as error:
            # Not acked: the message may be the very one by which the other holds the job.
            log.info("job_superseded", by=str(error))
        except NotFoundError:
            log.warning("job_unknown")
            await delivery.ack()
        except UnknownSchemaError as error:
            log.error("record_too_new", reason=str(error))
            await delivery.hand_back(delay_s=_FAULT_DELAY_S)
        except BakehouseError as error:
            log.error("job_put_off", reason=error.message)
            await delivery.hand_back(delay_s=_FAULT_DELAY_S)
        except Exception:
            log.exception("supervisor_failed")
            await delivery.hand_back(delay_s=_FAULT_DELAY_S)

    async def _follow_words(self) -> None:
        """Hand workers' words to the supervisors of their jobs; those of others' jobs pass by."""
        pattern = subjects.done_of_service(self._desk.service.name)
        async with tailing(self._desk.connection, subjects.DONE, pattern, start="new") as tail:
            async for message in tail:
                if isinstance(message, CaughtUp):
                    self._listening.set()
                    continue
                supervisor = self._jobs.get(subjects.job_of_subject(message.subject).resource)
                if supervisor is None:
                    continue
                try:
                    supervisor.words.put_nowait(DONE_WIRE.decode(message.data))
                except (UnknownSchemaError, CorruptionError) as error:
                    log.error("done_message_not_understood", subject=message.subject, reason=str(error))

    async def _follow_records(self) -> None:
        """Tell supervisors and the janitor when a job's record changed."""
        bucket = f"KV_{subjects.JOBS_BUCKET}"
        prefix = f"$KV.{subjects.JOBS_BUCKET}."
        async with tailing(
            self._desk.connection, bucket, prefix + ">", start="last_per_subject", headers_only=True
        ) as tail:
            async for message in tail:
                if isinstance(message, CaughtUp):
                    continue
                signal = read_signal(message.subject.removeprefix(prefix), message.headers)
                if signal is None:
                    continue
                self._janitor.notice(signal)
                if supervisor := self._jobs.get(signal.ref):
                    supervisor.notice(signal)
