"""Uploads of one project without a gateway around them."""

import uuid

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.blobs.signing import UrlSigner
from bakehouse.digest import digest_bytes
from bakehouse.jetstream.connection import Connection
from bakehouse.registry.records import Registry
from bakehouse.registry.revisions import Revisions
from bakehouse.rpc.paging import PageTokens
from gateway.creation import Asking
from gateway.listings import ProjectListing
from gateway.projects import Projects
from gateway.uploads.record import Upload, UploadWish
from gateway.uploads.uploads import UploadLimits, Uploads
from gateway.urls import Urls

WISH = UploadWish(size_bytes=3, digest=digest_bytes(b"abc"))
ASKING = Asking(request_id="r")


class Desk:
    """Uploads of one project that are kept for `expires_s`."""

    def __init__(self, connection: Connection, store: DirectoryStore) -> None:
        self.registry = Registry(connection, Revisions(store))
        self.store = store
        self.projects = Projects(self.registry, ProjectListing(PageTokens(b"k" * 32)))
        self.project = f"p{uuid.uuid4().hex[:12]}"

    def uploads(self, *, expires_s: int = 3600, size_bytes: int = 1 << 30) -> Uploads:
        urls = Urls(UrlSigner(b"k" * 32, "http://127.0.0.1:1").url, expires_s=60)
        limits = UploadLimits(size_bytes=size_bytes, expires_s=expires_s)
        return Uploads(
            registry=self.registry, store=self.store, projects=self.projects, urls=urls, limits=limits
        )

    async def create(self, wish: UploadWish = WISH, **limits: int) -> Upload:
        return await self.uploads(**limits).create(self.project, wish, ASKING)
