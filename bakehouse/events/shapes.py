"""The shape of an event: CloudEvents 1.0 in JSON, on `events.<project>.<kind>.<id>.<type>`.

Only ids, states and counts are in it; whoever wants more asks for the resource.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.errors import CorruptionError

EVENTS = "EVENTS"  # the stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `type` is `state`, `progress`, `checkpoint` ...; `time` ISO 8601, UTC.

    `id` is unique in the project and the same when the event is published again.
    """

    id: str
    project: str
    kind: str
    resource: str
    type: str
    time: str
    data: Mapping[str, Json]

    @property
    def name(self) -> str:
        """The resource's name in the API."""
        return f"projects/{self.project}/{self.kind}s/{self.resource}"

    @property
    def nats_subject(self) -> str:
        """Where it is published."""
        return f"events.{self.project}.{self.kind}.{self.resource}.{self.type}"

    def encode(self) -> bytes:
        """As a CloudEvent."""
        return canonical_bytes(
            {
                "specversion": "1.0",
                "id": self.id,
                "source": f"projects/{self.project}",
                "type": f"bakehouse.{self.kind}.{self.type}",
                "subject": self.name,
                "time": self.time,
                "datacontenttype": "application/json",
                "data": dict(self.data),
            }
        )


def decode_event(subject: str, data: bytes) -> Event:
    """The event that was published as `data` on a NATS subject.

    Raises:
        CorruptionError: it is none.
    """
    try:
        fields: dict[str, Any] = json.loads(data)
        _, project, kind, resource, event_type = subject.split(".")
        return Event(
            id=fields["id"],
            project=project,
            kind=kind,
            resource=resource,
            type=event_type,
            time=fields["time"],
            data=fields["data"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptionError(f"no event on {subject}") from error
