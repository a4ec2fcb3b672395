"""From settings to a running gateway: the one place that knows which parts there are."""

import asyncio
import hmac
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bakehouse.blobs.open import open_store
from bakehouse.blobs.port import Capabilities, ObjectStore
from bakehouse.blobs.signing import UrlSigner
from bakehouse.errors import InvalidInputError, StateError
from bakehouse.ids import random_id
from bakehouse.jetstream.connecting import connected
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.records import JobRecords
from bakehouse.jobs.submit import JobDesk
from bakehouse.logs import get_logger
from bakehouse.migration import Layout
from bakehouse.registry.records import Registry
from bakehouse.registry.revisions import Revisions
from bakehouse.rpc.addresses import Address, parse_address
from bakehouse.rpc.paging import PageTokens
from bakehouse.rpc.server import MAX_MESSAGE_BYTES, Register, RpcServer, serve
from bakehouse.topology import Service, load_services
from bakehouse.v1.artifact_pb2_grpc import add_ArtifactServiceServicer_to_server
from bakehouse.v1.blob_pb2_grpc import add_BlobServiceServicer_to_server
from bakehouse.v1.event_pb2_grpc import add_EventServiceServicer_to_server
from bakehouse.v1.job_pb2_grpc import add_JobServiceServicer_to_server
from bakehouse.v1.pipeline_pb2_grpc import add_PipelineServiceServicer_to_server
from bakehouse.v1.project_pb2_grpc import add_ProjectServiceServicer_to_server
from bakehouse.v1.snapshot_pb2_grpc import add_SnapshotServiceServicer_to_server
from bakehouse.v1.studio_pb2_grpc import add_StudioServiceServicer_to_server
from bakehouse.v1.upload_pb2_grpc import add_UploadServiceServicer_to_server
from gateway.artifacts.artifacts import Artifacts, ArtifactSources
from gateway.artifacts.listing import ArtifactListing
from gateway.blobs import StoredBlobs
from gateway.ending import end
from gateway.event_stream import EventStream
from gateway.http import UrlServer
from gateway.jobs import Jobs, Kinds
from gateway.listings import Listings
from gateway.pipelines.driver import PipelineDriver
from gateway.pipelines.jobs import PipelineJobs
from gateway.pipelines.pipelines import Pipelines
from gateway.projects import Projects
from gateway.resume import ResumeTokens
from gateway.servicers.artifacts import ArtifactServicer
from gateway.servicers.blobs import BlobServicer
from gateway.servicers.events import EventServicer
from gateway.servicers.jobs import JobServicer
from gateway.servicers.pipelines import PipelineServicer
from gateway.servicers.projects import ProjectServicer
from gateway.servicers.snapshots import SnapshotServicer
from gateway.servicers.studio import StudioServicer
from gateway.servicers.uploads import UploadServicer
from gateway.settings import GatewaySettings
from gateway.snapshots.derived import DerivedListing
from gateway.snapshots.refs import SnapshotRefs
from gateway.snapshots.snapshots import Snapshots, SnapshotSources
from gateway.studio import Limits, this_studio
from gateway.upkeep import Upkeep
from gateway.uploads.completing import Completion
from gateway.uploads.expiry import UploadExpiry
from gateway.uploads.intake import Intake
from gateway.uploads.part_writing import PartWriter
from gateway.uploads.parts import Parts
from gateway.uploads.uploads import UploadLimits, Uploads
from gateway.urls import Urls
from gateway.watch import Watches

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A gateway that serves. `url` is where its signed URLs lead; empty where the store answers its own."""

    rpc: RpcServer
    url: str
    background: tuple[asyncio.Task[None], ...]

    async def run(self) -> None:
        """Serve until a signal. What ends the work in the background ends the gateway, with its error."""
        serving = asyncio.create_task(self.rpc.run())
        await asyncio.wait({serving, *self.background}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            serving.cancel()
            for task in self.background:
                if task.done():
                    task.result()
        await serving


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the use cases stand on."""

    settings: GatewaySettings
    store: ObjectStore
    capabilities: Capabilities
    services: Mapping[str, Service]
    registry: Registry
    desk: JobDesk
    records: JobRecords
    connection: Connection
    listings: Listings
    artifacts: ArtifactListing
    derived: DerivedListing
    tokens: PageTokens
    intake: Intake
    urls: Urls


async def run(settings: GatewaySettings) -> None:
    """Be a gateway until a signal.

    Raises:
        BakehouseError: it can't start; the message says why and what to do.
    """
    async with open_gateway(settings) as gateway:
        await gateway.run()


@asynccontextmanager
async def open_gateway(settings: GatewaySettings) -> AsyncIterator[Gateway]:
    """A gateway for the length of a `with`.

    Raises:
        UnavailableError: NATS or the store is away, or not what it should be.
        StateError: an address is taken.
        InvalidInputError: a setting is wrong.
    """
    services = load_services(settings.services)
    store = open_store(settings)
    capabilities = await asyncio.to_thread(store.probe)
    async with AsyncExitStack() as stack:
        intake = Intake(store, most=settings.transfers)
        stack.callback(intake.close)
        urls, url = await _open_urls(stack, settings, store, capabilities, intake)
        connection = await stack.enter_async_context(connected(settings, name=random_id("gateway")))
        revisions = Revisions(store)
        upkeep = _upkeep(settings, connection, store, services)
        await upkeep.prepare()
        tokens = PageTokens(_key(settings, "page tokens"))
        listings, artifacts = Listings(connection, tokens), ArtifactListing(tokens)
        derived = DerivedListing()
        listings.jobs.observers += [artifacts.note, derived.note]
        records = JobRecords(connection, revisions)
        ground = _Ground(
            settings=settings,
            store=store,
            capabilities=capabilities,
            services=services,
            registry=Registry(connection, revisions),
            desk=JobDesk(connection, store, records),
            records=records,
            connection=connection,
            listings=listings,
            artifacts=artifacts,
            derived=derived,
            tokens=tokens,
            intake=intake,
            urls=urls,
        )
        driver = _driver(ground)
        background = [asyncio.create_task(work) for work in (upkeep.run(), *listings.follows())]
        stack.push_async_callback(end, background)
        await listings.complete(within_s=settings.nats_patience_s)
        background.append(asyncio.create_task(driver.run()))
        rpc = await serve(settings, _services(stack, ground))
        stack.push_async_callback(rpc.stop)
        yield Gateway(rpc=rpc, url=url, background=tuple(background))


def _upkeep(
    settings: GatewaySettings, connection: Connection, store: ObjectStore, services: Mapping[str, Service]
) -> Upkeep:
    revisions = Revisions(store)
    layout = Layout(replicas=settings.replicas, supervise_ack_wait_s=settings.supervise_ack_wait_s)
    expiry = UploadExpiry(connection, Registry(connection, revisions), store)
    return Upkeep(
        connection,
        revisions,
        list(services.values()),
        layout if settings.migrate else None,
        expiry,
    )


def _services(stack: AsyncExitStack, ground: _Ground) -> Mapping[str, Register]:
    """What adds each service of the contract to a server, by its name."""
    settings, store, listings = ground.settings, ground.store, ground.listings
    kinds = _kinds(ground.services)
    projects = Projects(ground.registry, listings.projects)
    jobs = Jobs(
        desk=ground.desk,
        records=ground.records,
        store=store,
        kinds=Kinds(kinds),
        projects=projects,
        listing=listings.jobs,
    )
    pipelines = Pipelines(
        registry=ground.registry,
        store=store,
        projects=projects,
        kinds=Kinds(kinds),
        jobs=_pipeline_jobs(ground),
        listing=listings.pipelines,
    )
    watches = Watches(
        EventStream(ground.connection),
        ResumeTokens(_key(settings, "resume tokens")),
        projects=projects,
        jobs=jobs,
        pipelines=pipelines,
    )
    sources = ArtifactSources(
        artifacts=ground.artifacts,
        pipelines=listings.pipelines,
        jobs=listings.jobs,
        events=EventStream(ground.connection),
    )
    artifacts = Artifacts(sources=sources, store=store, projects=projects, jobs=jobs)
    studio = this_studio(ground.capabilities, kinds, _limits(settings))
    adds: Mapping[str, Register] = {
        "Project": partial(add_ProjectServiceServicer_to_server, ProjectServicer(projects)),
        "Job": partial(add_JobServiceServicer_to_server, JobServicer(jobs)),
        "Pipeline": partial(add_PipelineServiceServicer_to_server, PipelineServicer(pipelines)),
        "Artifact": partial(add_ArtifactServiceServicer_to_server, ArtifactServicer(artifacts)),
        "Snapshot": partial(add_SnapshotServiceServicer_to_server, _snapshots(ground, projects, artifacts)),
        "Upload": partial(add_UploadServiceServicer_to_server, _uploads(stack, ground, projects)),
        "Blob": partial(
            add_BlobServiceServicer_to_server, BlobServicer(StoredBlobs(store, projects, ground.urls))
        ),
        "Event": partial(add_EventServiceServicer_to_server, EventServicer(watches)),
        "Studio": partial(add_StudioServiceServicer_to_server, StudioServicer(studio)),
    }
    return {f"bakehouse.v1.{name}Service": add for name, add in adds.items()}


def _kinds(services: Mapping[str, Service]) -> Mapping[str, list[str]]:
    return {name: list(service.kinds) for name, service in services.items()}


def _pipeline_jobs(ground: _Ground) -> PipelineJobs:
    return PipelineJobs(
        desk=ground.desk,
        records=ground.records,
        kinds=Kinds(_kinds(ground.services)),
        listing=ground.listings.jobs,
    )


def _driver(ground: _Ground) -> PipelineDriver:
    return PipelineDriver(
        connection=ground.connection,
        store=ground.store,
        registry=ground.registry,
        jobs=_pipeline_jobs(ground),
        listings=ground.listings,
    )


def _uploads(stack: AsyncExitStack, ground: _Ground, projects: Projects) -> UploadServicer:
    settings, parts = ground.settings, Parts(ground.store)
    uploads = Uploads(
        registry=ground.registry,
        store=ground.store,
        projects=projects,
        urls=ground.urls,
        limits=UploadLimits(size_bytes=settings.upload_max_bytes, expires_s=settings.upload_expires_s),
    )
    completion = Completion(uploads, ground.registry, parts, ground.intake)
    stack.push_async_callback(completion.close)
    return UploadServicer(uploads, PartWriter(uploads, parts, ground.intake), completion)


def _snapshots(ground: _Ground, projects: Projects, artifacts: Artifacts) -> SnapshotServicer:
    sources = SnapshotSources(artifacts=artifacts, jobs=ground.listings.jobs, derived=ground.derived)
    refs = SnapshotRefs(
        registry=ground.registry, projects=projects, artifacts=artifacts, listing=ground.listings.refs
    )
    return SnapshotServicer(Snapshots(sources, ground.store, ground.tokens), refs)


def _limits(settings: GatewaySettings) -> Limits:
    return Limits(
        message_size_bytes=MAX_MESSAGE_BYTES,
        upload_size_bytes=settings.upload_max_bytes,
        calls_per_second=settings.calls_per_second,
        open_streams=settings.open_streams,
    )


async def _open_urls(
    stack: AsyncExitStack,
    settings: GatewaySettings,
    store: ObjectStore,
    capabilities: Capabilities,
    intake: Intake,
) -> tuple[Urls, str]:
    """Who signs URLs, and where those lead that we answer ourselves, which begins here where we have to."""
    if capabilities.presign:
        return Urls(store.presign, expires_s=settings.url_expires_s), ""
    wanted = parse_address(settings.http_listen, setting="BAKEHOUSE_HTTP_LISTEN")
    listener = _listen(wanted)
    stack.callback(listener.close)
    address = Address(host=wanted.host, port=listener.getsockname()[1])
    scheme = "https" if settings.tls_certificate else "http"
    url = settings.public_url or f"{scheme}://{address}"
    signer = UrlSigner(_key(settings, "urls"), url)
    server = UrlServer(store, signer, intake)
    await server.start(listener, _tls(settings))
    stack.push_async_callback(server.stop)
    log.info("serving_urls", address=str(address))
    return Urls(signer.url, expires_s=settings.url_expires_s), url


def _listen(wanted: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in wanted.host else socket.AF_INET
    try:
        return socket.create_server((wanted.host, wanted.port), family=family, backlog=128)
    except OSError as error:
        raise StateError(
            f"can't listen on {wanted}: {error.strerror or error}; stop what listens there, or set"
            " BAKEHOUSE_HTTP_LISTEN to another address (port 0: any free one)"
        ) from error


def _tls(settings: GatewaySettings) -> ssl.SSLContext | None:
    if not settings.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except OSError as error:
        raise InvalidInputError(
            f"TLS files {settings.tls_certificate} and {settings.tls_key}: {error.strerror or error};"
            " name a certificate chain and its key, in PEM"
        ) from error
    return context


def _key(settings: GatewaySettings, purpose: str) -> bytes:
    """A key of its own for each purpose: what is signed for one says nothing for another."""
    return hmac.digest(settings.signing_key.get_secret_value().encode(), purpose.encode(), "sha256")
