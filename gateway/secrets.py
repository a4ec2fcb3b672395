"""Refuses secrets that stand in clear in what somebody sends: recipes and specs are stored and shown."""

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.secrets import inline_secrets


def refuse_secrets(value: Json, *, place: str, field: str) -> None:
    """Let `value` pass where no secret is in it. `place` names it in messages, `field` in the request.

    Raises:
        InvalidInputError: there are some; the message names their keys, and none of them.
    """
    if found := [secret.text for secret in inline_secrets(value, place=place)]:
        raise InvalidInputError("; ".join(found), field=field)
