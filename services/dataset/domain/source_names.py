"""Names of files in sources that strangers wrote: which belong, are hidden, or are not to be used."""

import re

from bakehouse.manifest.file_names import IMAGE_SUFFIXES, split_suffix

MAX_NAME_BYTES = 1024

_HIDDEN = ("__MACOSX", "@eaDir", "Thumbs.db")
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ARCHIVES = frozenset((".zip", ".cbz", ".rar", ".cbr", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst"))


def is_picture_or_text(name: str, *, caption_extension: str = ".txt") -> bool:
    """Whether a file is a picture, or a text beside one, by its name, and not hidden."""
    if is_hidden(name):
        return False
    _, suffix = split_suffix(name)
    return suffix in IMAGE_SUFFIXES or name.lower().endswith(caption_extension.lower())


def is_archive(name: str) -> bool:
    """Whether a file is an archive by its name."""
    return split_suffix(name)[1] in _ARCHIVES and not is_hidden(name)


def is_hidden(name: str) -> bool:
    """Whether a file, or a folder that it is in, is one that systems keep for themselves."""
    return any(
        (part.startswith(".") and part not in {".", ".."}) or part in _HIDDEN for part in name.split("/")
    )


def trouble_with(name: str) -> str:
    """Why a relative name, with "/", can't be used; empty where it can.

    A name that is listed may become a file's again when the pictures are exported: it leads nowhere else.
    """
    parts = name.split("/")
    if name.startswith("/") or _DRIVE.match(name):
        return "its name is absolute"
    if ".." in parts or "." in parts:
        return "its name leads out of its folder"
    if "" in parts:
        return "a part of its name is empty"
    if _CONTROL.search(name) or "\\" in name:
        return "its name has control characters or backslashes"
    try:
        size_bytes = len(name.encode())
    except UnicodeEncodeError:
        return "its name is no text"
    return f"its name has {size_bytes} bytes" if size_bytes > MAX_NAME_BYTES else ""


def shown(name: str) -> str:
    """A name that can't be used, as it can be told and listed: each odd character is written out."""
    text = name.encode("utf-8", "backslashreplace").decode()
    text = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    cut = text.encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    return cut or "(no name)"
