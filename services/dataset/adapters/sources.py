"""Opens sources by their kind."""

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import InvalidInputError
from services.dataset.adapters.archives import ZipSource
from services.dataset.adapters.buckets import Buckets
from services.dataset.adapters.folders import ServerFolders
from services.dataset.adapters.hub_source import HubDatasets
from services.dataset.adapters.url_table import UrlTables
from services.dataset.ports import Source
from services.dataset.source_specs import BucketSpec, FolderSpec, HubSpec, SourceSpec, UrlListSpec, ZipSpec


class KnownSources:
    """The sources of the service."""

    def __init__(self, folders: ServerFolders, buckets: Buckets, tables: UrlTables) -> None:
        self._folders = folders
        self._buckets = buckets
        self._tables = tables
        self._hub = HubDatasets(folders)

    def open(self, spec: SourceSpec, blobs: Blobs) -> Source:
        """See `services.dataset.ports.Sources`."""
        match spec:
            case FolderSpec():
                return self._folders.open(spec)
            case ZipSpec():
                return ZipSource(spec, blobs)
            case BucketSpec():
                return self._buckets.open(spec)
            case UrlListSpec():
                return self._tables.open(spec, blobs)
            case HubSpec():
                return self._hub.open(spec, blobs)
        raise InvalidInputError(f"source {type(spec).__name__}: nothing opens it; report a bug")
