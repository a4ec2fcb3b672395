"""A job on a studio of a test's own."""

from collections.abc import AsyncIterator, Callable

from bakehouse.client.values import JobState
from bakehouse.v1.event_pb2 import Event, Heartbeat, WatchRequest, WatchResponse
from bakehouse.v1.job_pb2 import GetJobRequest, Job, JobError
from tests.bakehouse.client.studio_thread import StudioThread

Watch = Callable[[WatchRequest, object], AsyncIterator[WatchResponse]]


class Baking:
    """A job that is one state further with each look. Its watch has an event between two looks."""

    def __init__(self, *states: JobState, error: JobError | None = None) -> None:
        self._states = list(states)
        self._error = error

    async def get(self, request: GetJobRequest, context: object) -> Job:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return Job(name=request.name, state=Job.State.Value(f"STATE_{state}"), error=self._error)

    async def watch(self, request: WatchRequest, context: object) -> AsyncIterator[WatchResponse]:
        yield WatchResponse(resume_token="0", heartbeat=Heartbeat())
        for number in range(1, 10):
            yield WatchResponse(resume_token=str(number), event=Event(id=str(number)))

    def open(self, studio: StudioThread, *, watch: Watch | None = None) -> None:
        studio.answer("/bakehouse.v1.JobService/GetJob", self.get)
        studio.answer("/bakehouse.v1.EventService/Watch", watch or self.watch)
        studio.open()
