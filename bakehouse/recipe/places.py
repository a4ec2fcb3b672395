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
            f"{text!r}: only instance_data_dir may be a path of the server; name one of this machine"
        )
    if "://" in text:
        raise InvalidInputError(f"{text!r}: URLs are not read here; name a path of this machine")
    if "\0" in text:
        raise InvalidInputError(f"{text!r}: no path; name one of this machine")
    try:
        return folder / Path(text).expanduser()
    except RuntimeError as error:  # of expanduser
        raise InvalidInputError(f"{text!r}: nobody knows that home folder; name the path in full") from error


def server_path(text: str) -> str | None:
    """The path on the server that `server:/path` means; None where `text` is none of the server's.

    Raises:
        InvalidInputError: it is not absolute: nobody knows what else it would be relative to.
    """
    if not text.startswith(_SERVER):
        return None
    path = text.removeprefix(_SERVER)
    if not path.startswith("/"):
        raise InvalidInputError(f"{text!r}: give an absolute path of the server, {_SERVER}/data/pictures say")
    return path
