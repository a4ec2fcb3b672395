"""The tokens file as an administrator changes it: one change at a time, in one step."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError
from bakehouse.rpc.tokens import TOKENS_WIRE, Token, write_tokens
from bakehouse.wire import UnknownSchemaError


def read_tokens(path: Path) -> tuple[Token, ...]:
    """The tokens that the file keeps.

    Raises:
        InvalidInputError: it is not there or no tokens file.
    """
    try:
        return TOKENS_WIRE.decode(path.read_bytes()).tokens
    except OSError as error:
        raise InvalidInputError(
            f"{path}: {error.strerror}; `bakehouse up` makes one, --tokens-file names another"
        ) from error
    except (CorruptionError, UnknownSchemaError) as error:
        raise InvalidInputError(f"{path}: {error}; name a tokens file with --tokens-file") from error


def add_token(path: Path, token: Token) -> None:
    """Keep one more token. The file is made if there is none.

    Raises:
        InvalidInputError: the file can't be read or written.
    """
    _change(path, lambda tokens: (*tokens, token), may_be_new=True)


def remove_token(path: Path, token_id: str) -> None:
    """Keep a token no longer: it is refused from the next call on.

    Raises:
        NotFoundError: there is none of this id.
        InvalidInputError: the file can't be read or written.
    """

    def without(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
        kept = tuple(token for token in tokens if token.id != token_id)
        if len(kept) == len(tokens):
            raise NotFoundError(
                f"no token {token_id!r} in {path}; `bakehouse token list` shows those there are"
            )
        return kept

    _change(path, without, may_be_new=False)


def _change(
    path: Path, change: Callable[[tuple[Token, ...]], tuple[Token, ...]], *, may_be_new: bool
) -> None:
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise InvalidInputError(f"{path.parent}: {error.strerror}; make the folder first") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # another change waits, and then sees this one
        tokens = () if may_be_new and not path.exists() else read_tokens(path)
        write_tokens(path, change(tokens))
    except OSError as error:
        raise InvalidInputError(f"{path} can't be written: {error.strerror}") from error
    finally:
        os.close(folder)
