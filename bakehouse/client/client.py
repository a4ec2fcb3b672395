"""`Client`: a connection to one studio, and what can be done there. Synchronous; safe in many threads."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from bakehouse.client.artifacts import Artifacts
from bakehouse.client.baking import Baking
from bakehouse.client.blobs import BlobReader
from bakehouse.client.calls import Caller
from bakehouse.client.convert import studio_of
from bakehouse.client.jobs import Jobs
from bakehouse.client.local import find_studio
from bakehouse.client.pipeline_values import Pipeline, PipelineMode
from bakehouse.client.pipelines import Pipelines
from bakehouse.client.projects import Projects
from bakehouse.client.pulling import pull_adapter, run_name
from bakehouse.client.shipping import Progress
from bakehouse.client.snapshots import Snapshots
from bakehouse.client.uploads import Uploads
from bakehouse.client.values import Event, Studio
from bakehouse.client.watching import Watching
from bakehouse.ids import random_id
from bakehouse.recipe.recipe import Recipe, read_recipe
from bakehouse.rpc.channel import open_channel
from bakehouse.rpc.tls import ClientTls
from bakehouse.v1.studio_pb2 import GetStudioRequest
from bakehouse.v1.studio_pb2_grpc import StudioServiceStub

_TLS_SCHEME = "https://"


class Client:
    """A studio. Use it as a context manager, or `close()` it.

    Calls that change nothing, and creations, are repeated while the studio is away, within the deadline.
    Errors are those of `bakehouse.errors`; each method names those to expect, and besides them each may
    raise `UnavailableError` (nobody answers), `UnauthenticatedError`, `PermissionDeniedError` (the token)
    and `CapacityError` (something is full).
    """

    def __init__(
        self,
        address: str | None = None,
        token: str | None = None,
        *,
        tls: ClientTls | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        """Find the studio; nothing is connected yet.

        Args:
            address: `host:port`, or `https://host:port` for TLS. None: BAKEHOUSE_ADDRESS, else the studio
                that `bakehouse up` runs here.
            token: `bh_...`. None: BAKEHOUSE_TOKEN, else the local studio's own.
            tls: certificates, where the public authorities don't do; speaks TLS.
            timeout_s: of one call, repetitions included. Watches and transfers take as long as they do.

        Raises:
            UnavailableError: no address is given and no studio runs here.
        """
        place = find_studio(address, token)
        target = place.address.removeprefix(_TLS_SCHEME)
        if tls is None and target != place.address:
            tls = ClientTls(ca=place.ca)
        self._channel = open_channel(target, token=place.token, tls=tls, deadline_s=timeout_s)
        self._caller = Caller(address=place.address, timeout_s=timeout_s)
        self._watching = Watching(self._channel, self._caller)
        self.address = place.address
        self.projects = Projects(self._channel, self._caller)
        self.jobs = Jobs(self._channel, self._caller, self._watching)
        self.blobs = BlobReader(self._channel, self._caller)
        self.uploads = Uploads(self._channel, self._caller, ca=tls.ca if tls else "")
        self.pipelines = Pipelines(self._channel, self._caller, self._watching)
        artifacts = Artifacts(self._channel, self._caller)
        self.datasets = artifacts.datasets
        self.snapshots = Snapshots(artifacts.snapshots, self._channel, self._caller)
        self.base_models = artifacts.base_models
        self.training_runs = artifacts.training_runs
        self.adapters = artifacts.adapters
        self._baking = Baking(self.pipelines, self.projects, self.blobs, self.uploads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._channel.close()

    def studio(self) -> Studio:
        """What this studio is and can do."""
        return studio_of(self._caller.call(StudioServiceStub(self._channel).GetStudio, GetStudioRequest()))

    def bake(
        self, recipe: Path | Recipe, *, fresh: bool = False, progress: Progress | None = None
    ) -> Pipeline:
        """Bake a recipe: read it, send the files that the studio lacks, start the pipeline.

        It lives on whatever becomes of this process; follow it with `pipelines.watch` or `pipelines.wait`.
        A recipe that was baked before gives the same adapter, and computes nothing.

        Args:
            recipe: its file, or one that was read.
            fresh: train anew although the same was trained before.
            progress: told, in this thread, how far reading and sending are.

        Raises:
            InvalidInputError: something in the recipe is wrong; the message says all of it.
        """
        nonce = random_id("fresh") if fresh else ""
        read = read_recipe(recipe) if isinstance(recipe, Path) else recipe
        return self._baking.submit(read, mode=PipelineMode.BAKE, fresh=nonce, progress=progress)

    def plan(
        self, recipe: Path | Recipe, *, fresh: bool = False, progress: Progress | None = None
    ) -> Pipeline:
        """Say what baking would compute; files that the studio lacks are sent for that.

        When it is over, its result has a number for each stage: `pipelines.wait(...).result.planned`.

        Raises:
            InvalidInputError: something in the recipe is wrong; the message says all of it.
        """
        nonce = random_id("fresh") if fresh else ""
        read = read_recipe(recipe) if isinstance(recipe, Path) else recipe
        return self._baking.submit(read, mode=PipelineMode.PLAN, fresh=nonce, progress=progress)

    def pull(self, pipeline: Pipeline | str, folder: Path, *, epoch: int | None = None) -> Path:
        """Fetch the adapter of a pipeline, the last one or that after an epoch, into a folder; its file.

        While it trains, that of an epoch is there as soon as it is exported (`save_every_n_epochs`).

        Raises:
            NotFoundError: the pipeline is not there, or kept no adapter after that epoch.
            StateError: it has no adapter yet.
        """
        found = self.pipelines.get(pipeline if isinstance(pipeline, str) else pipeline.name)
        run = None if found.state.is_final else run_name(found)
        exported = self.training_runs.get(run).adapters if run else ()
        return pull_adapter(self.blobs, found, folder, epoch=epoch, exported=exported)

    def watch(
        self, name: str, resume_token: str | None = None, *, from_start: bool = False
    ) -> Iterator[Event]:
        """The events of a project or of one resource as they happen, in order, none missing and none twice.

        A connection that breaks is made anew, behind the last event. The iterator ends only by an error, or
        when its user leaves it.

        Args:
            name: `projects/{project}`, `projects/{project}/jobs/{job}`, or
                `projects/{project}/pipelines/{pipeline}` for it and all of its jobs.
            resume_token: of the last event that was seen; None begins with what happens from now on.
            from_start: without a token, begin with the oldest event that is kept.

        Raises:
            ExpiredError: events behind the token are no longer kept (seven days). Read what you watch anew,
                then watch without a token.
            NotFoundError: `name` is not there, or not for this token.
            UnavailableError: no studio answered for five minutes.
        """
        signs = self._watching.signs(name, resume_token=resume_token or "", from_start=from_start)
        return (event for event in signs if event is not None)
