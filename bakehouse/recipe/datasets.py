"""The datasets of a recipe: SimpleTuner's entries or kohya's, each with the files of its folder."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.dataset_config.entries import read_entries
from bakehouse.dataset_config.entry_checks import untrainable
from bakehouse.dataset_config.entry_reading import ReadEntry
from bakehouse.dataset_config.option import Holder
from bakehouse.dataset_config.options import OPTIONS
from bakehouse.dataset_config.source_checks import source_problems
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import InvalidInputError
from bakehouse.ids import MAX_ID_LENGTH
from bakehouse.kohya_folders import KohyaFolder, beside_text, entry_ids, find_kohya_folders
from bakehouse.manifest.file_names import TEXT_SUFFIX
from bakehouse.recipe.dataset_documents import read_tables
from bakehouse.recipe.elsewhere import Elsewhere, source_elsewhere
from bakehouse.recipe.findings import Findings
from bakehouse.recipe.listing import FoundFile
from bakehouse.recipe.pictures import PictureFolder, look_into, some_of
from bakehouse.recipe.places import find_place
from bakehouse.rpc.names import parse_dataset_id

_PLACES = {
    "local": "instance_data_dir",
    "aws": "aws_bucket_name",
    "csv": "csv_file",
    "huggingface": "dataset_name",
}
_DELETING = ("delete_unwanted_images", "delete_problematic_images")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """An entry: its options, and its files, the digest of their listing, or where the studio finds them.

    `files` of this machine are sent; their digests stand by their keys in the entry then.
    """

    id: str
    options: Mapping[str, Json]
    source: tuple[FoundFile, ...] | Digest | Elsewhere
    files: Mapping[str, Path] = field(default_factory=dict)


def read_datasets(value: Json, folder: Path, findings: Findings, *, has_tagger: bool) -> tuple[Dataset, ...]:
    """The datasets that a recipe in `folder` names: entries, or the path of a file that has them."""
    tables, folder = read_tables(value, folder, findings)
    if not tables:
        return ()
    read = read_entries(tables, place="datasets")
    findings.problems += read.problems
    findings.remarks += read.remarks
    return tuple(_Reader(folder, findings, has_tagger=has_tagger).read(read.images))


class _Reader:
    def __init__(self, folder: Path, findings: Findings, *, has_tagger: bool) -> None:
        self._folder = folder
        self._findings = findings
        self._has_tagger = has_tagger

    def read(self, entries: Iterable[ReadEntry]) -> Iterator[Dataset]:
        for entry in entries:
            if entry.spec is not None:
                for problem in untrainable(entry.spec):
                    self._problem(f"dataset {entry.id}: {problem}")
            self._findings.remarks += _deletions(entry)
            yield from self._datasets(entry)

    def _datasets(self, entry: ReadEntry) -> Iterator[Dataset]:
        place = f"dataset {entry.id}"
        if "source" in entry.values:
            self._problem(
                f"{place}: source: the studio is asked with it, made of type and the keys with it; give these"
            )
            return
        if not self._has_fit_id(entry) or any(source_problems(entry.values)):
            return
        source = self._findings.attempt(place, lambda: self._source(entry, place))
        files = self._findings.attempt(place, lambda: self._tables(entry.values))
        if source is None or entry.spec is None:  # of which something is said already
            return
        dataset = Dataset(id=entry.id, options=_sent(entry.values), source=(), files=files or {})
        if isinstance(source, PictureFolder):
            yield from self._of_folder(dataset, source, entry.values, place)
        else:
            yield replace(dataset, source=source)

    def _has_fit_id(self, entry: ReadEntry) -> bool:
        if not entry.id:
            return False  # which is a problem already
        try:
            parse_dataset_id(entry.id, field=f"dataset {entry.id}: id")
        except InvalidInputError as error:
            self._problem(f"{error.message}{_instead(entry.id)}")
            return False
        return True

    def _source(self, entry: ReadEntry, place: str) -> PictureFolder | Digest | Elsewhere | None:
        options = entry.values
        listing, folder = options.get("listing"), options.get("instance_data_dir")
        if listing is not None and folder is not None:
            self._problem(f"{place}: instance_data_dir: not with listing; give one of them")
            return None
        if listing is not None:
            return parse_digest(str(listing), field="listing")
        key = _PLACES[str(options.get("type", "local"))]
        return self._findings.attempt(f"{place}: {key}", lambda: self._look(entry))

    def _look(self, entry: ReadEntry) -> PictureFolder | Elsewhere:
        options = entry.values
        elsewhere = source_elsewhere(options, self._folder, self._findings, entry=entry.id)
        if elsewhere is not None:
            return elsewhere
        if (kind := options.get("type", "local")) != "local":
            raise InvalidInputError(f"{kind!r} is not there yet; use local")
        extension = str(options.get("caption_extension", TEXT_SUFFIX))
        path = find_place(str(options["instance_data_dir"]), self._folder)
        return look_into(path, caption_extension=extension)

    def _tables(self, options: Mapping[str, Json]) -> dict[str, Path]:
        """The table of captions and sizes beside the pictures, where there is one."""
        block = options.get("parquet")
        if not isinstance(block, Mapping):
            return {}
        path = find_place(str(block["path"]), self._folder)
        if not path.is_file():
            raise InvalidInputError(
                f"parquet.path: {path} is no file; name the table, relative to the document"
            )
        return {"table": path}

    def _of_folder(
        self, dataset: Dataset, found: PictureFolder, options: Mapping[str, Json], place: str
    ) -> Iterator[Dataset]:
        """The dataset with the folder's files; one for each folder N_name, unless the entry has repeats."""
        self._findings.remarks += [f"{place}: {remark}" for remark in found.remarks]
        parts = self._parts(found, options, place) if "repeats" not in options else {}
        if not parts:  # else a folder's name is the caption where there is none
            self._look_at_captions(found, options, place)
            yield replace(dataset, source=found.files)
        for own, concept in parts.items():
            self._findings.remarks.append(f"dataset {own}: {concept.says}")
            said = {**dataset.options, **concept.options(dataset.options)}
            yield replace(dataset, id=own, options=said, source=found.below(concept.prefix))

    def _parts(
        self, found: PictureFolder, options: Mapping[str, Json], place: str
    ) -> Mapping[str, KohyaFolder]:
        root = find_place(str(options["instance_data_dir"]), self._folder).resolve().name
        concepts, others = find_kohya_folders(root, found.folders)
        if concepts and others:
            self._findings.remarks.append(f"{place}: {beside_text(others)}")
            return {}
        return entry_ids(place.removeprefix("dataset "), concepts)

    def _look_at_captions(self, found: PictureFolder, options: Mapping[str, Json], place: str) -> None:
        without = found.without_caption
        if options.get("caption_strategy") != "textfile" or not without or self._has_tagger:
            return
        if options.get("class_tokens"):  # is their caption
            return
        extension = options.get("caption_extension", TEXT_SUFFIX)
        what = (
            f"{place}: {len(without)} of {found.num_pictures} pictures have no {extension} beside them "
            f"({some_of(without)})"
        )
        if len(without) < found.num_pictures:
            self._findings.remarks.append(
                f"{what} and are not trained on; write them, or name a tagger under captioning"
            )
            return
        self._problem(
            f"{what}; write them, name a tagger under captioning, or choose caption_strategy: filename or "
            "instanceprompt"
        )

    def _problem(self, text: str) -> None:
        self._findings.problems.append(text)


def _deletions(entry: ReadEntry) -> Iterator[str]:
    """What is to be said of the options that delete files."""
    given = [name for name in _DELETING if entry.values.get(name) is True]
    if given:
        yield (
            f"dataset {entry.id}: {', '.join(given)}: a bake deletes nothing; then, bakehouse prune-source "
            "RECIPE lists what would be deleted of folders of this machine, and deletes it with --confirm"
        )


def _sent(values: Mapping[str, Json]) -> dict[str, Json]:
    """What of an entry the studio holds to: not what only its reader needs."""
    ours = {"id", "listing", *(name for name, option in OPTIONS.items() if option.holder is Holder.READER)}
    sent = {name: value for name, value in values.items() if name not in ours}
    if isinstance(block := sent.get("parquet"), Mapping):
        sent["parquet"] = {name: value for name, value in block.items() if name != "path"}
    return sent


def _instead(text: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-")[:MAX_ID_LENGTH].strip("-")
    return f"; did you mean {slug}?" if slug else ""
