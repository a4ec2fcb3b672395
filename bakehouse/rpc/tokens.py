"""API tokens: `bh_<id>_<secret>`, of which a file keeps only digests. It is read anew when it changes.

Removing a token from the file revokes it. Which method needs which scope is said in auth.py.
"""

import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime

from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import CorruptionError, InvalidInputError, UnauthenticatedError, UnavailableError
from bakehouse.logs import get_logger
from bakehouse.wire import UnknownSchemaError, Wire

Scope = Literal["read", "write", "share", "admin"]

_TOKEN = re.compile(r"bh_([a-z0-9]{1,32})_([0-9a-f]{64})")
_NOBODY = digest_bytes(b"")

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is kept of a token. `sha256` is that of its secret; without `expires` it never does."""

    id: str
    sha256: Digest
    projects: Literal["all"] | tuple[str, ...] = "all"
    scopes: tuple[Scope, ...] = ("read", "write")
    expires: AwareDatetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who makes a call. `projects` None means all of them; the scope `admin` holds every other."""

    token_id: str
    projects: frozenset[str] | None
    scopes: frozenset[Scope]

    def may_see(self, project: str) -> bool:
        """Whether the project exists, as far as this caller is told."""
        return self.projects is None or project in self.projects

    def may_share(self) -> bool:
        """Whether the caller may use the room that all projects share."""
        return self.projects is None or self.has_scope("share")

    def has_scope(self, scope: Scope) -> bool:
        """Whether the caller may call what needs `scope`."""
        return scope in self.scopes or "admin" in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensFile:
    """What a tokens file holds."""

    tokens: tuple[Token, ...]


TOKENS_WIRE = Wire(TokensFile, schema=1, what="tokens file")


def new_token(
    *,
    projects: Literal["all"] | tuple[str, ...] = "all",
    scopes: tuple[Scope, ...] = ("read", "write"),
    expires: datetime | None = None,
) -> tuple[str, Token]:
    """A fresh token of 256 random bits, for its holder, and what is kept of it, for the file."""
    token_id, secret = secrets.token_hex(4), secrets.token_hex(32)
    kept = Token(id=token_id, sha256=_digest(secret), projects=projects, scopes=scopes, expires=expires)
    return f"bh_{token_id}_{secret}", kept


def write_tokens(path: Path, tokens: Iterable[Token]) -> None:
    """Replace the tokens file, which only its owner can read, in one step."""
    _replace(path, TOKENS_WIRE.encode(TokensFile(tokens=tuple(tokens))))


def bootstrap_tokens(path: Path) -> None:
    """Where there is no tokens file, make one with a fresh token that may do everything.

    The token itself is written beside it, to `token`, for the owner to find; it is in no log. Two processes
    that start at once end with one token.

    Raises:
        InvalidInputError: a file `token` is there, from a start that was killed, say, and holds none.
    """
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name("token")
    fresh, _ = new_token()
    _write_once(beside, fresh.encode())
    match = _TOKEN.fullmatch(beside.read_text().strip())
    if match is None:
        raise InvalidInputError(f"{beside} holds no token; remove it, and one is made")
    token_id, secret = match.groups()
    write_tokens(path, [Token(id=token_id, sha256=_digest(secret), scopes=("admin",))])
    _log.info("token_generated", tokens_file=str(path), token_id=token_id)


class TokenFile:
    """The tokens of a file. A change of the file counts from the next call on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, ...] = ()
        self._tokens: Mapping[str, Token] = {}
        self._is_readable = True

    def authenticate(self, token: str) -> Principal:
        """The principal of a token, as its holder sent it.

        Raises:
            UnauthenticatedError: it is missing, malformed, unknown, revoked or expired; which is not told.
            UnavailableError: the file can't be read, and so nobody can be let in.
        """
        self._refresh()
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise _refused()
        token_id, secret = match.groups()
        kept = self._tokens.get(token_id)
        is_right = hmac.compare_digest(_digest(secret), kept.sha256 if kept else _NOBODY)
        if kept is None or not is_right or (kept.expires and kept.expires <= datetime.now(UTC)):
            raise _refused()
        return Principal(
            token_id=kept.id,
            projects=None if kept.projects == "all" else frozenset(kept.projects),
            scopes=frozenset(kept.scopes),
        )

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if stamp != self._stamp:
                found = TOKENS_WIRE.decode(self._path.read_bytes())
                self._tokens = {token.id: token for token in found.tokens}
                self._stamp = stamp
                self._is_readable = True
        except (OSError, CorruptionError, UnknownSchemaError) as error:
            self._tokens, self._stamp = {}, ()
            if self._is_readable:  # said once, not for every call
                _log.error("tokens_file_unreadable", tokens_file=str(self._path), why=str(error))
                self._is_readable = False
            raise UnavailableError("the server can't read its tokens; its log says why") from error


def _digest(secret: str) -> Digest:
    return digest_bytes(secret.encode())


def _refused() -> UnauthenticatedError:
    return UnauthenticatedError("no valid token; send metadata `authorization: Bearer bh_...`")


def _write_once(path: Path, data: bytes) -> None:
    temporary = _write_beside(path, data)
    with suppress(FileExistsError):
        os.link(temporary, path)
    temporary.unlink()


def _replace(path: Path, data: bytes) -> None:
    _write_beside(path, data).replace(path)


def _write_beside(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    return temporary
