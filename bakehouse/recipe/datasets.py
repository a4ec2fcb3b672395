"""The datasets of a recipe: SimpleTuner's dataloader entries, each with the files of its folder."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.ids import MAX_ID_LENGTH
from bakehouse.recipe.documents import read_document
from bakehouse.recipe.findings import Findings
from bakehouse.recipe.keys import check_section
from bakehouse.recipe.listing import FoundFile
from bakehouse.recipe.pictures import PictureFolder, look_into, some_of
from bakehouse.recipe.places import find_place
from bakehouse.recipe.sections import DATASET
from bakehouse.rpc.names import parse_dataset_id

_CACHES = frozenset({"text_embeds", "image_embeds", "conditioning_image_embeds"})
_ONE_VALUE = {"type": "local", "dataset_type": "image"}
_OURS = frozenset({"instance_data_dir", "listing", "disabled", "id", *_ONE_VALUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """An entry: its options, and its files or the digest of their listing."""

    id: str
    options: Mapping[str, Json]
    source: tuple[FoundFile, ...] | Digest


def read_datasets(value: Json, folder: Path, findings: Findings, *, has_tagger: bool) -> tuple[Dataset, ...]:
    """The datasets that a recipe in `folder` names: entries, or the path of a file that has them."""
    what = "datasets"
    if isinstance(value, str):
        path = find_place(value, folder)
        read = findings.attempt(what, lambda: read_document(path))
        if read is None:
            return ()
        value, folder = read, path.parent
        findings.look_for_secrets(value, place=what)
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        findings.problems.append(
            f"{what}: give a list of SimpleTuner's dataloader entries, or the path of such a file"
        )
        return ()
    reader = _Reader(folder, findings, has_tagger=has_tagger)
    datasets = tuple(reader.read(value))
    if not datasets and not findings.problems:
        findings.problems.append(f"{what}: none of the entries has pictures to train on; add one")
    return datasets


class _Reader:
    def __init__(self, folder: Path, findings: Findings, *, has_tagger: bool) -> None:
        self._folder = folder
        self._findings = findings
        self._has_tagger = has_tagger
        self._ids: set[str] = set()

    def read(self, entries: Sequence[Json]) -> Iterator[Dataset]:
        for number, entry in enumerate(entries):
            place = f"datasets[{number}]"
            kind = entry.get("dataset_type", "image") if isinstance(entry, Mapping) else "image"
            if kind in _CACHES:
                self._findings.remarks.append(
                    f"{place} ({kind}) has no work here: caches are the studio's own"
                )
                continue
            checked = self._findings.take(check_section(DATASET, entry, what=place))
            if checked.values.get("disabled"):
                self._findings.remarks.append(f"{place} is disabled and left out")
            elif dataset := self._dataset(checked.values, place):
                yield dataset

    def _dataset(self, options: Mapping[str, Json], place: str) -> Dataset | None:
        for key, ours in _ONE_VALUE.items():
            if options.get(key, ours) != ours:
                self._problem(f"{place}.{key}: {options[key]!r} is not supported yet; use {ours}")
        dataset_id = self._id(options, place)
        source = self._source(options, place)
        if dataset_id is None or source is None:
            return None
        kept = {name: value for name, value in options.items() if name not in _OURS}
        return Dataset(id=dataset_id, options=kept, source=source)

    def _id(self, options: Mapping[str, Json], place: str) -> str | None:
        if "id" not in options:
            self._problem(f"{place}.id: missing; give it a name that stays")
            return None
        text = str(options["id"])
        if text in self._ids:
            self._problem(f"{place}.id: {text!r} is there twice; give each entry its own")
        self._ids.add(text)
        try:
            return parse_dataset_id(text, field=f"{place}.id")
        except InvalidInputError as error:
            self._problem(f"{error.message}{_instead(text)}")
            return None

    def _source(self, options: Mapping[str, Json], place: str) -> tuple[FoundFile, ...] | Digest | None:
        listing, folder = options.get("listing"), options.get("instance_data_dir")
        if (listing is None) == (folder is None):
            self._problem(
                f"{place}.instance_data_dir: {'missing' if folder is None else 'not with listing'}; name a "
                "folder of pictures"
            )
            return None
        if listing is not None:
            return self._findings.attempt(place, lambda: parse_digest(str(listing), field="listing"))
        path = self._findings.attempt(
            f"{place}.instance_data_dir", lambda: find_place(str(folder), self._folder)
        )
        if path is None:
            return None
        found = self._findings.attempt(f"{place}.instance_data_dir", lambda: look_into(path))
        if found is None:
            return None
        self._look_at_captions(found, options, place)
        self._findings.remarks += [f"{place}: {remark}" for remark in found.remarks]
        return found.files

    def _look_at_captions(self, found: PictureFolder, options: Mapping[str, Json], place: str) -> None:
        without = found.without_caption
        if options.get("caption_strategy") != "textfile" or not without or self._has_tagger:
            return
        self._problem(
            f"{place}: {len(without)} of {found.num_pictures} pictures have no .txt beside them "
            f"({some_of(without)}); write them, name a tagger under captioning, or choose caption_strategy: "
            "filename or instanceprompt"
        )

    def _problem(self, text: str) -> None:
        self._findings.problems.append(text)


def _instead(text: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-")[:MAX_ID_LENGTH].strip("-")
    return f"; did you mean {slug}?" if slug else ""
