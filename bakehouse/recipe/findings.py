"""What is found wrong or worth a word while a recipe is read: all of it, before anybody is told."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from bakehouse.errors import InvalidInputError
from bakehouse.recipe.keys import Checked

T = TypeVar("T")


class Findings:
    """Problems refuse a recipe, remarks don't. Both are in the order in which they were found."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.remarks: list[str] = []

    def take(self, checked: Checked) -> Checked:
        """Note what is to be said of a section."""
        self.problems += checked.problems
        self.remarks += checked.remarks
        return checked

    def attempt(self, what: str, work: Callable[[], T]) -> T | None:
        """What `work` gives; None where it fails, which is noted under `what`."""
        try:
            return work()
        except InvalidInputError as error:
            self.problems.append(f"{what}: {error.message}")
            return None

    def refuse(self, name: str) -> None:
        """Raise if there are problems.

        Raises:
            InvalidInputError: all of them, in one line.
        """
        if self.problems:
            raise InvalidInputError(f"{name}: {'; '.join(_once(self.problems))}")


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
