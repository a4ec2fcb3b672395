"""What the registry keeps of a name for a snapshot, and all such names in memory."""

from dataclasses import dataclass

from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import CorruptionError, InvalidInputError
from bakehouse.registry.records import Resource
from bakehouse.rpc.names import SNAPSHOT_REFS, SNAPSHOTS, ResourceName
from bakehouse.rpc.paging import PageTokens, page_size
from gateway.pages import Page, PageWish

SNAPSHOT_REF_KIND = "snapshot-ref"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRef:
    """One revision of a name. Times are ISO 8601, UTC."""

    project: str
    id: str
    snapshot: Digest
    pinned: bool = False
    version: int = 0
    create_time: str = ""
    update_time: str = ""

    @property
    def name(self) -> ResourceName:
        """Its name in the API."""
        return ResourceName(project=self.project, collection=SNAPSHOT_REFS, id=self.id)

    @property
    def snapshot_name(self) -> ResourceName:
        """The name of its snapshot in the API."""
        return ResourceName(project=self.project, collection=SNAPSHOTS, id=self.snapshot)


class RefListing:
    """The names of each project, in memory."""

    def __init__(self, tokens: PageTokens) -> None:
        self._tokens = tokens
        self._held: dict[str, dict[str, Resource]] = {}

    def note(self, resource: Resource) -> None:
        """Take a revision."""
        names = self._held.setdefault(resource.project, {})
        held = names.get(resource.id)
        if held is None or resource.version >= held.version:
            names[resource.id] = resource

    def page(self, project: str, wanted: PageWish) -> Page[SnapshotRef]:
        """A page of a project's names, in alphabetical order.

        Raises:
            InvalidInputError: no page can be so.
        """
        binding = (SNAPSHOT_REFS, project)
        size, after = page_size(wanted.size), self._tokens.unseal(wanted.token, *binding)
        held = self._held.get(project, {})
        names = [name for name in sorted(held) if name > after and not held[name].deleted]
        return Page(
            entries=[ref_of(held[name]) for name in names[:size]],
            next="" if len(names) <= size else self._tokens.seal(names[size - 1], *binding),
        )


def ref_of(resource: Resource) -> SnapshotRef:
    """The name that a record keeps.

    Raises:
        CorruptionError: it keeps none.
    """
    try:
        snapshot, pinned = resource.body["snapshot"], resource.body["pinned"]
        return SnapshotRef(
            project=resource.project,
            id=resource.id,
            snapshot=parse_digest(str(snapshot), field="snapshot"),
            pinned=pinned is True,
            version=resource.version,
            create_time=resource.create_time,
            update_time=resource.update_time,
        )
    except (KeyError, InvalidInputError) as error:
        raise CorruptionError(f"the record of {resource.kind} {resource.id} is damaged; remove it") from error
