"""Jobs through the client."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import grpc

from bakehouse.client.calls import Caller
from bakehouse.client.convert import job_of, priority_message, state_message
from bakehouse.client.structs import struct_of
from bakehouse.client.values import Job, JobState, Priority
from bakehouse.client.watching import PATIENCE_S, Watching
from bakehouse.digest import Digest
from bakehouse.ids import random_id
from bakehouse.rpc.names import project_name
from bakehouse.v1 import job_pb2
from bakehouse.v1.job_pb2_grpc import JobServiceStub

_PAGE_SIZE = 200


class Jobs:
    """`client.jobs`. A job is named `projects/{project}/jobs/{job}`."""

    def __init__(self, channel: grpc.Channel, caller: Caller, watching: Watching) -> None:
        self._stub = JobServiceStub(channel)
        self._caller = caller
        self._watching = watching

    def create(
        self,
        kind: str,
        spec: Mapping[str, Any] | None = None,
        *,
        project: str = "default",
        inputs: Mapping[str, Digest] | None = None,
        priority: Priority = Priority.AUTO,
        job_id: str = "",
    ) -> Job:
        """Start a job; it lives on whatever becomes of this process.

        Args:
            kind: the service and its kind of work, `dataset.ingest`.
            spec: what is wanted; each kind has its own fields, of the types of JSON. Fractions are sent as
                text: 0.5 as "0.5".
            project: where.
            inputs: the manifests to work on, by role.
            priority: which work is taken first.
            job_id: the last segment of its name; made up where it is empty.

        Raises:
            InvalidInputError: the kind or the spec is wrong.
            AlreadyExistsError: the id is taken.
            NotFoundError: the project is not there.
        """
        request = job_pb2.CreateJobRequest(
            parent=project_name(project),
            job_id=job_id,
            job=job_pb2.Job(
                kind=kind,
                spec=struct_of(spec or {}, field="spec"),
                inputs=inputs,
                priority=priority_message(priority),
            ),
            request_id=random_id("request"),
        )
        return job_of(self._caller.call(self._stub.CreateJob, request))

    def get(self, name: str) -> Job:
        """The job of this name.

        Raises:
            NotFoundError: it is not there, or not for this token.
        """
        return self._read(name)

    def list(
        self, project: str = "default", *, state: JobState | None = None, kind: str = ""
    ) -> Iterator[Job]:
        """A project's jobs, or those in one state or of one kind, the newest first, without their specs."""
        request = job_pb2.ListJobsRequest(parent=project_name(project), page_size=_PAGE_SIZE, kind=kind)
        if state is not None:
            request.state = state_message(state)
        while True:
            page = self._caller.call(self._stub.ListJobs, request)
            yield from map(job_of, page.jobs)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def cancel(self, name: str, *, etag: str = "") -> Job:
        """End a job early; the job as it then is. One that is over already stays as it is.

        Raises:
            NotFoundError: it is not there, or not for this token.
            StaleError: `etag` is given and no longer the job's.
        """
        request = job_pb2.CancelJobRequest(name=name, etag=etag)
        return job_of(self._caller.call(self._stub.CancelJob, request))

    def follow(self, name: str) -> Iterator[Job]:
        """The job now, after each of its events and at least every 15 s, until and with its final state.

        Raises:
            NotFoundError: it is not there, or not for this token.
            UnavailableError: no studio answered for five minutes.
        """
        for _ in self._watching.changes(name):  # the first comes before anything could be missed
            job = self._read(name, timeout_s=PATIENCE_S)
            yield job
            if job.state.is_final:
                return

    def wait(self, name: str, *, timeout_s: float | None = None) -> Job:
        """The job when it is over; after `timeout_s` (by up to 15 s more) as it is then.

        Raises:
            NotFoundError: it is not there, or not for this token.
            UnavailableError: no studio answered for five minutes.
        """
        give_up_at = None if timeout_s is None else time.monotonic() + timeout_s
        for job in self.follow(name):
            if job.state.is_final or (give_up_at is not None and time.monotonic() >= give_up_at):
                return job
        raise AssertionError("a job is followed until it is over")

    def _read(self, name: str, *, timeout_s: float | None = None) -> Job:
        request = job_pb2.GetJobRequest(name=name)
        return job_of(self._caller.call(self._stub.GetJob, request, timeout_s=timeout_s))
