"""Paths as recipes say them: the client's own, relative to the file that says them."""

from pathlib import Path

from bakehouse.errors import InvalidInputError

_SERVER = "server:"


def find_place(text: str, folder: Path) -> Path:
    """The path that `text` means in a file of `folder`.

    Raises:
        InvalidInputError: it is no path of this machine.
    """
    if not text:
        raise InvalidInputError("empty; name a path, relative to the recipe")
    if text.startswith(_SERVER):
        raise InvalidInputError(
            f"{text!r}: paths of the server are not supported yet; name one of this machine"
        )
    if "://" in text:
        raise InvalidInputError(f"{text!r}: URLs are not supported yet; name a path of this machine")
    return folder / Path(text).expanduser()
