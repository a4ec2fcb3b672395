"""How resources are asked for: ids that the same request always gives, and what would be made."""

from dataclasses import dataclass, replace
from secrets import token_hex

from bakehouse.errors import NotFoundError
from bakehouse.ids import derived_id, random_id
from bakehouse.registry.records import Registry, Resource, now_text, require_same_request


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a caller asks for a new resource. `request_id` is empty where it gave none."""

    request_id: str = ""
    validate_only: bool = False

    @property
    def request(self) -> str:
        """What identifies the request to the registry: one without an id is like no other."""
        return self.request_id or token_hex(16)

    def new_id(self, prefix: str, project: str) -> str:
        """An id for what is asked for: the same for the same request."""
        return derived_id(prefix, project, self.request_id) if self.request_id else random_id(prefix)


async def preview(registry: Registry, wanted: Resource) -> Resource:
    """What `registry.create(wanted)` would answer. Raises what it would raise, and makes nothing."""
    try:
        found = await registry.get(wanted.ref)
    except NotFoundError:
        return replace(wanted, create_time=now_text(), update_time=now_text())
    require_same_request(
        f"{wanted.kind} {wanted.id}",
        asked=(wanted.request, wanted.request_digest),
        found=(found.request, found.request_digest),
    )
    return found
