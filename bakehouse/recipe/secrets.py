"""Finds secrets that stand in clear in a recipe or a spec, which is stored. Names them, never shows them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bakehouse.canonical_json import Json
from bakehouse.secret_values import REFERENCE

_SECRET = re.compile(
    r"(?:^|_)(?:secret|password|passwd|api_?key|access_key(?:_id)?|private_key|token|credentials?)(?:_|$)"
)
_STAY_HERE = frozenset({"aws_access_key_id", "aws_secret_access_key"})  # references are sent in their place
_NO_SECRETS = {
    "max_token_length",
    "keep_tokens",
    "keep_tokens_separator",
    "token_warmup_min",
    "token_warmup_step",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineSecret:
    """A secret in clear, by the place of its key."""

    place: str

    @property
    def text(self) -> str:
        """What is to be said of it."""
        return (
            f"{self.place}: a secret in clear, which would be stored; take it out, and keep it in the "
            "studio's environment"
        )


def sent_secrets(value: Json, *, place: str = "") -> Iterator[InlineSecret]:
    """The secrets in a recipe that would be sent: not those that the client keeps, and sends a name for."""
    for secret in inline_secrets(value, place=place):
        if secret.place.rpartition(".")[2] not in _STAY_HERE:
            yield secret


def inline_secrets(value: Json, *, place: str = "") -> Iterator[InlineSecret]:
    """The secrets in `value`. Keys that only name one, `secret://NAME`, are none."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            inner = f"{place}.{key}" if place else str(key)
            if _is_secret(str(key), entry):
                yield InlineSecret(place=inner)
            else:
                yield from inline_secrets(entry, place=inner)
    elif isinstance(value, list | tuple):
        for number, entry in enumerate(value):
            yield from inline_secrets(entry, place=f"{place}[{number}]")


def _is_secret(key: str, value: Json) -> bool:
    if key.lower() in _NO_SECRETS or not _SECRET.search(key.lower()):
        return False
    return isinstance(value, str) and bool(value) and not value.startswith(REFERENCE)
