"""Finds secrets that stand in a recipe in clear: they would reach the store. Names them, never shows them."""

import re
from collections.abc import Iterator, Mapping

from bakehouse.canonical_json import Json

REFERENCE = "secret://"

_SECRET = re.compile(
    r"(?:^|_)(?:secret|password|passwd|api_?key|access_key(?:_id)?|private_key|token|credentials?)(?:_|$)"
)
_NO_SECRETS = {
    "max_token_length",
    "keep_tokens",
    "keep_tokens_separator",
    "token_warmup_min",
    "token_warmup_step",
}


def inline_secrets(value: Json, *, place: str = "") -> Iterator[str]:
    """What is to be said of each secret in `value`."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            inner = f"{place}.{key}" if place else str(key)
            if _is_secret(str(key), entry):
                reference = f"{REFERENCE}{str(key).replace('_', '-')}"
                yield f"{inner}: a secret in clear; keep it in the studio's environment and write {reference}"
            else:
                yield from inline_secrets(entry, place=inner)
    elif isinstance(value, list | tuple):
        for number, entry in enumerate(value):
            yield from inline_secrets(entry, place=f"{place}[{number}]")


def _is_secret(key: str, value: Json) -> bool:
    if key.lower() in _NO_SECRETS or not _SECRET.search(key.lower()):
        return False
    return isinstance(value, str) and bool(value) and not value.startswith(REFERENCE)
