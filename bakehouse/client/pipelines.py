"""Pipelines through the client."""

from collections.abc import Iterator, Mapping
from typing import Any

import grpc

from bakehouse.client.calls import Caller
from bakehouse.client.convert_pipelines import mode_message, pipeline_of, state_message
from bakehouse.client.pipeline_values import Pipeline, PipelineMode, PipelineState
from bakehouse.client.structs import struct_of
from bakehouse.client.values import Event
from bakehouse.client.watching import PATIENCE_S, Watching
from bakehouse.ids import random_id
from bakehouse.rpc.names import project_name
from bakehouse.v1 import pipeline_pb2
from bakehouse.v1.pipeline_pb2_grpc import PipelineServiceStub

_PAGE_SIZE = 200


class Pipelines:
    """`client.pipelines`. A pipeline is named `projects/{project}/pipelines/{pipeline}`."""

    def __init__(self, channel: grpc.Channel, caller: Caller, watching: Watching) -> None:
        self._stub = PipelineServiceStub(channel)
        self._caller = caller
        self._watching = watching

    def create(
        self,
        recipe: Mapping[str, Any],
        *,
        project: str = "default",
        mode: PipelineMode = PipelineMode.BAKE,
        fresh: str = "",
        pipeline_id: str = "",
        validate_only: bool = False,
    ) -> Pipeline:
        """Start a pipeline; it lives on whatever becomes of this process.

        `client.bake` reads a recipe from its file and uploads what it names; this takes one that names all
        by digest, as docs/stages.md says.

        Args:
            recipe: its sections, of the types of JSON. Fractions are sent as text: 0.5 as "0.5".
            project: where.
            mode: bake it, or only say what baking would compute.
            fresh: any text that was not used yet trains anew what was trained before.
            pipeline_id: the last segment of its name; made up where it is empty.
            validate_only: check all, start nothing, and give what would be made.

        Raises:
            InvalidInputError: something in the recipe is wrong.
            AlreadyExistsError: the id is taken.
            NotFoundError: the project is not there.
        """
        request = pipeline_pb2.CreatePipelineRequest(
            parent=project_name(project),
            pipeline_id=pipeline_id,
            pipeline=pipeline_pb2.Pipeline(
                recipe=struct_of(recipe, field="recipe"), mode=mode_message(mode), fresh=fresh
            ),
            request_id=random_id("request"),
            validate_only=validate_only,
        )
        return pipeline_of(self._caller.call(self._stub.CreatePipeline, request))

    def get(self, name: str) -> Pipeline:
        """The pipeline of this name, with all that its jobs have given by now.

        Raises:
            NotFoundError: it is not there, or not for this token.
        """
        return self._read(name)

    def list(
        self,
        project: str = "default",
        *,
        state: PipelineState | None = None,
        mode: PipelineMode | None = None,
    ) -> Iterator[Pipeline]:
        """A project's pipelines, or those in one state or mode, the newest first. They have no result."""
        request = pipeline_pb2.ListPipelinesRequest(parent=project_name(project), page_size=_PAGE_SIZE)
        if state is not None:
            request.state = state_message(state)
        if mode is not None:
            request.mode = mode_message(mode)
        while True:
            page = self._caller.call(self._stub.ListPipelines, request)
            yield from map(pipeline_of, page.pipelines)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def watch(self, name: str) -> Iterator[Pipeline]:
        """The pipeline now, after each event of its own and of its jobs, and at least every 15 s.

        The last one is in its final state. A connection that breaks is made anew. `client.watch(name)` gives
        the events themselves.

        Raises:
            NotFoundError: it is not there, or not for this token.
            UnavailableError: no studio answered for five minutes.
        """
        return (pipeline for pipeline, _ in self.watch_with_events(name))

    def watch_with_events(self, name: str) -> Iterator[tuple[Pipeline, Event | None]]:
        """The same, each with the event behind it; None where only time has passed.

        Raises:
            NotFoundError, UnavailableError: as `watch` does.
        """
        for event in self._watching.changes(name):  # the first comes before anything could be missed
            pipeline = self._read(name, timeout_s=PATIENCE_S)
            yield pipeline, event
            if pipeline.state.is_final:
                return

    def wait(self, name: str) -> Pipeline:
        """The pipeline when it is over.

        Raises:
            NotFoundError: it is not there, or not for this token.
            UnavailableError: no studio answered for five minutes.
        """
        for pipeline in self.watch(name):
            if pipeline.state.is_final:
                return pipeline
        raise AssertionError("a pipeline is watched until it is over")

    def stop(self, name: str) -> Pipeline:
        """Ask training to write a checkpoint, export what it learned, and end; the pipeline then succeeds.

        Raises:
            NotFoundError: it is not there, or not for this token.
            StateError: training has not begun; cancel it instead.
        """
        request = pipeline_pb2.StopPipelineRequest(name=name)
        return pipeline_of(self._caller.call(self._stub.StopPipeline, request))

    def cancel(self, name: str, *, etag: str = "") -> Pipeline:
        """End a pipeline and its jobs early; the pipeline as it then is. One that is over stays as it is.

        Raises:
            NotFoundError: it is not there, or not for this token.
            StaleError: `etag` is given and no longer the pipeline's.
        """
        request = pipeline_pb2.CancelPipelineRequest(name=name, etag=etag)
        return pipeline_of(self._caller.call(self._stub.CancelPipeline, request))

    def _read(self, name: str, *, timeout_s: float | None = None) -> Pipeline:
        request = pipeline_pb2.GetPipelineRequest(name=name)
        return pipeline_of(self._caller.call(self._stub.GetPipeline, request, timeout_s=timeout_s))
