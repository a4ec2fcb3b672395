"""Secrets that a recipe names and a process resolves: `secret://NAME` is in its environment or in a file.

NAME is the variable `BAKEHOUSE_SECRET_` and the name in capitals, "-" as "_", or the file NAME of the folder
`BAKEHOUSE_SECRETS_DIR`. The values are in no spec, key, result or log.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from bakehouse.errors import InvalidInputError

REFERENCE = "secret://"
MAX_NAME_LENGTH = 128

_PREFIX = "BAKEHOUSE_SECRET_"
_FOLDER = "BAKEHOUSE_SECRETS_DIR"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,126}[a-z0-9])?")
_MAX_BYTES = 64 << 10
_FOREIGN = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "HF_TOKEN")  # that libraries and sources use


def variable_of(name: str) -> str:
    """The environment variable of the secret `name`."""
    return _PREFIX + name.upper().replace("-", "_")


class SecretValues:
    """The secrets that an environment holds."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def resolve(self, reference: str) -> str:
        """The value that `secret://NAME` stands for.

        Raises:
            InvalidInputError: it is no reference, or nobody keeps such a secret; the message has no value.
        """
        name = reference.removeprefix(REFERENCE)
        if not reference.startswith(REFERENCE) or not _NAME.fullmatch(name):
            raise InvalidInputError("a secret's reference is secret://NAME, NAME of a-z, 0-9 and '-'")
        value = self._environment.get(variable_of(name)) or self._in_file(name)
        if not value:
            raise InvalidInputError(
                f"{reference}: the service has no such secret; set {variable_of(name)} in its environment, "
                f"or write the file {name} in the folder of {_FOLDER}"
            )
        return value

    def values(self) -> Iterator[str]:
        """All of them, and those of others that are known by name, to be kept out of logs."""
        yield from (value for key in _FOREIGN if (value := self._environment.get(key)))
        yield from (value for key, value in self._environment.items() if key.startswith(_PREFIX) and value)
        if folder := self._environment.get(_FOLDER):
            with suppress(OSError):
                names = sorted(path.name for path in Path(folder).iterdir())
                yield from (value for name in names if (value := self._in_file(name)))

    def _in_file(self, name: str) -> str:
        folder = self._environment.get(_FOLDER)
        if not folder:
            return ""
        with suppress(OSError, UnicodeDecodeError), Path(folder, name).open("rb") as file:
            return file.read(_MAX_BYTES).decode().strip()
        return ""
