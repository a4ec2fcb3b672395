"""What is found wrong or worth a word while a recipe is read: all of it, before anybody is told."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError
from bakehouse.recipe.keys import Checked
from bakehouse.recipe.secrets import InlineSecret, sent_secrets

T = TypeVar("T")


class Findings:
    """Problems refuse a recipe, remarks don't. Both are in the order in which they were found."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.remarks: list[str] = []
        self._secrets: list[InlineSecret] = []

    def take(self, checked: Checked) -> Checked:
        """Note what is to be said of a section."""
        self.problems += checked.problems
        self.remarks += checked.remarks
        return checked

    def look_for_secrets(self, value: Json, *, place: str = "") -> None:
        """Note secrets that stand in `value` in clear. Nothing else is then said of their keys."""
        self._secrets += sent_secrets(value, place=place)

    def attempt(self, what: str, work: Callable[[], T]) -> T | None:
        """What `work` gives; None where it fails, which is noted under `what`."""
        try:
            return work()
        except InvalidInputError as error:
            self.problems.append(f"{what}: {error.message.removeprefix('it: ')}")
            return None

    def refuse(self, name: str) -> None:
        """Raise if there are problems.

        Raises:
            InvalidInputError: all of them, in one line.
        """
        keys = tuple(f"{secret.place}: " for secret in self._secrets)
        others = [text for text in self.problems if not text.startswith(keys)]
        if problems := _once([*(secret.text for secret in self._secrets), *others]):
            raise InvalidInputError(f"{name}: {'; '.join(problems)}")


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
