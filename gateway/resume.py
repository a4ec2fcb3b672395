"""Resume tokens: a place in the event stream that its holder can neither read much into nor change."""

from dataclasses import dataclass

from bakehouse.errors import CorruptionError, InvalidInputError
from bakehouse.rpc.paging import PageTokens
from bakehouse.wire import UnknownSchemaError, Wire

_BINDING = "resume"  # so that no page token of the same key passes for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Behind message `sequence` of the event stream that was made at `stream`, for who watches `name`.

    A stream that was lost and made anew has another `stream`, and its sequences mean something else.
    """

    stream: str
    sequence: int
    name: str


_WIRE = Wire(Place, schema=1, what="place in the event stream")


class ResumeTokens:
    """Makes and reads resume tokens. Every replica needs the same `key`."""

    def __init__(self, key: bytes) -> None:
        self._sealed = PageTokens(key)

    def token(self, place: Place) -> str:
        """The token of a place."""
        return self._sealed.seal(_WIRE.encode(place).decode(), _BINDING)

    def place(self, token: str) -> Place:
        """The place that `token` was given.

        Raises:
            InvalidInputError: it is no token of this studio, or was changed.
        """
        try:
            return _WIRE.decode(self._sealed.unseal(token, _BINDING).encode())
        except (InvalidInputError, CorruptionError, UnknownSchemaError) as error:
            raise InvalidInputError(
                "resume_token: is none of this studio, or was changed; send the last one as it came",
                field="resume_token",
            ) from error
