"""Who may call what: a valid token for everything but health, with the scope that the method needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bakehouse.errors import PermissionDeniedError
from bakehouse.rpc.call import Call
from bakehouse.rpc.contract import is_read
from bakehouse.rpc.tokens import Scope, TokenFile

_HEALTH = "/grpc.health.v1.Health/"
_REFLECTION = "/grpc.reflection."
_BEARER = "bearer "


def scope_needed(method: str) -> Scope:
    """`read` for what the contract declares to have no side effects, and for reflection; else `write`."""
    return "read" if is_read(method) or method.startswith(_REFLECTION) else "write"


class TokenGuard:
    """Lets a call pass that carries a token with the scope that its method needs."""

    def __init__(self, tokens: TokenFile) -> None:
        self._tokens = tokens

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Around one call.

        Raises:
            UnauthenticatedError: there is no valid token.
            PermissionDeniedError: the token lacks the scope.
        """
        if not call.method.startswith(_HEALTH):
            self._admit(call)
        yield

    def _admit(self, call: Call) -> None:
        header = call.metadata.get("authorization", "")
        is_bearer = header[: len(_BEARER)].lower() == _BEARER
        call.principal = self._tokens.authenticate(header[len(_BEARER) :] if is_bearer else "")
        scope = scope_needed(call.method)
        if not call.principal.has_scope(scope):
            raise PermissionDeniedError(
                f"{call.method} needs the scope {scope!r}; token {call.principal.token_id} has"
                f" {', '.join(sorted(call.principal.scopes)) or 'none'}",
                fields={"scope": scope, "token_id": call.principal.token_id},
            )
