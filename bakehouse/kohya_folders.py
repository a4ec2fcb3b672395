"""Folders as kohya's scripts take them, `N_name`: shown N times an epoch, `name` where a text is missing.

Knows names only. Which level is given does not matter: a concept is the first folder on the way to a picture
that is called so, be it the folder that was given, one in it, or one in `img` or `reg`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bakehouse.canonical_json import Json
from bakehouse.errors import InvalidInputError

MAX_CONCEPTS = 64

_FOLDER = re.compile(r"([1-9][0-9]{0,2})_(\S.*)")  # 2023_photos is a year, and nobody's repeats
_PRIOR = "reg"
_MAX_ID = 63
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KohyaFolder:
    """A folder `N_name`.

    Args:
        prefix: of the names of its files: "" where it is the given folder itself, else it ends with "/".
        repeats: passes beside the first: N - 1.
        class_tokens: `name`, the caption of a picture that has none.
        is_prior: whether it lies in a folder `reg`.
    """

    prefix: str
    repeats: int
    class_tokens: str
    is_prior: bool = False

    def options(self, given: Mapping[str, Json]) -> dict[str, Json]:
        """What its name says, as options of an entry; what is `given` goes first."""
        said: dict[str, Json] = {"repeats": self.repeats}
        if self.is_prior:
            said["is_regularisation_data"] = True
        if given.get("caption_strategy") in {None, "textfile"}:
            said |= {"caption_strategy": "textfile", "class_tokens": self.class_tokens}
        return {**said, **{key: value for key, value in given.items() if key in said and value is not None}}

    @property
    def says(self) -> str:
        """What it was taken for, for people."""
        num_times = self.repeats + 1
        folder = self.prefix.rstrip("/") or f"{num_times}_{self.class_tokens}"
        prior = "prior pictures, " if self.is_prior else ""
        return (
            f"{folder}: {prior}repeats: {self.repeats} ({num_times} times an epoch), caption "
            f"{self.class_tokens!r} where there is none"
        )


def beside_text(others: Sequence[str]) -> str:
    """Why folders are not taken for kohya's: there are pictures in `others`."""
    beside = ", ".join(folder or "the folder itself" for folder in others[:3])
    return (
        f"not taken as kohya's folders N_name, since there are pictures beside them ({beside}); move them, "
        "or give repeats"
    )


def find_kohya_folders(root: str, folders: Iterable[str]) -> tuple[list[KohyaFolder], list[str]]:
    """The concepts among the folders that hold pictures, and the folders that belong to none.

    Args:
        root: the name of the folder that was given, "" where it has none.
        folders: relative to it, with "/", "" for itself.

    Raises:
        InvalidInputError: there are too many.
    """
    found: dict[str, KohyaFolder] = {}
    others: list[str] = []
    for folder in sorted(folders):
        concept = _concept(root, folder)
        if concept is None:
            others.append(folder)
        else:
            found[concept.prefix] = concept
    if len(found) > MAX_CONCEPTS:
        raise InvalidInputError(
            f"{len(found)} folders called N_name; at most {MAX_CONCEPTS} become entries: give repeats, or "
            "name fewer"
        )
    return [found[prefix] for prefix in sorted(found)], others


def entry_ids(entry: str, concepts: Iterable[KohyaFolder]) -> dict[str, KohyaFolder]:
    """The concepts by the ids of the entries they become: that of the entry itself where there is one."""
    listed = list(concepts)
    if len(listed) == 1:
        return {entry: listed[0]}
    ids: dict[str, KohyaFolder] = {}
    for concept in listed:
        name = f"{_PRIOR}-{concept.class_tokens}" if concept.is_prior else concept.class_tokens
        own, number = _id(entry, name), 1
        while own in ids:
            number += 1
            own = f"{_id(entry, name)[: _MAX_ID - 3]}-{number}"
        ids[own] = concept
    return ids


def _concept(root: str, folder: str) -> KohyaFolder | None:
    parts = [root, *(folder.split("/") if folder else ())]
    for depth, part in enumerate(parts):
        if match := _FOLDER.fullmatch(part):
            return KohyaFolder(
                prefix="/".join(parts[1 : depth + 1]) + ("/" if depth else ""),
                repeats=int(match[1]) - 1,
                class_tokens=match[2].strip(),
                is_prior=_PRIOR in parts[:depth],
            )
    return None


def _id(entry: str, name: str) -> str:
    slug = _UNFIT.sub("-", name).strip("-") or "concept"
    return f"{entry[: _MAX_ID // 2]}-{slug}"[:_MAX_ID].rstrip("-")
