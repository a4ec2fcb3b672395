"""kohya's dataset_config (general, datasets, subsets) as SimpleTuner's tables: a subset is a dataset there.

What stands higher up holds below, as there; so do its defaults: no buckets unless `enable_bucket`, and text
files that end in .caption. What would change training and is not there is refused.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from bakehouse.canonical_json import Json
from bakehouse.ids import MAX_ID_LENGTH
from bakehouse.kinds import Kind, canonical, shown, shown_key
from bakehouse.spec import suggestion

_DEFAULTS: Mapping[str, Json] = {"enable_bucket": False, "caption_extension": ".caption"}
_NOTHING = frozenset({"none", "false", "0", "", "[]", "{}"})
_REPEATS = re.compile(r"^\d+_")
_LATER = "is not there yet; leave it out"

# Keys that are ours, too, with those that only their name tells from ours.
_SAME = (
    "resolution",
    "enable_bucket",
    "min_bucket_reso",
    "max_bucket_reso",
    "bucket_reso_steps",
    "bucket_no_upscale",
    "caption_extension",
    "class_tokens",
    "caption_prefix",
    "caption_suffix",
)
_RENAMED = {
    "image_dir": "instance_data_dir",
    "is_reg": "is_regularisation_data",
    "batch_size": "train_batch_size",
}
_REFUSED: Mapping[str, str] = {
    "flip_aug": f"mirrored pictures: that {_LATER}",
    "color_aug": f"changed colours: that {_LATER}",
    "face_crop_aug_range": "zooming into faces is not there yet; leave it out, or use crop_style: face in "
    "SimpleTuner's form",
    "shuffle_caption": f"captions in other orders: that {_LATER}, and they are trained as they are; "
    "caption_shuffle in SimpleTuner's form makes some other orders beforehand",
    "caption_dropout_rate": "it is one for all: give caption_dropout_rate in training",
    "caption_dropout_every_n_epochs": f"epochs without captions: that {_LATER}",
    "caption_tag_dropout_rate": f"captions without some of their tags: that {_LATER}",
    "token_warmup_step": f"captions that grow: that {_LATER}",
    "enable_wildcard": f"captions with alternatives in braces: that {_LATER}",
    "secondary_separator": f"captions with parts that stay together: that {_LATER}",
    "keep_tokens_separator": f"captions with parts that stay in place: that {_LATER}",
    "alpha_mask": f"loss masks of kohya's form: that {_LATER}",
    "conditioning_data_dir": f"pairs of pictures and conditions: that {_LATER}",
    "metadata_file": "captions of a metadata file are not read; write text files beside the pictures",
    "validation_split": f"pictures kept for validation: that {_LATER}",
    "resize_interpolation": "pictures are resized by one filter, an antialiased Lanczos; leave it out",
    "custom_attributes": f"attributes of subsets: that {_LATER}",
    "network_multiplier": f"a network weighed by dataset: that {_LATER}",
}
_IDLE: Mapping[str, str] = {
    "keep_tokens": "without shuffle_caption nothing moves",
    "caption_separator": "without shuffle_caption nothing is taken apart",
    "token_warmup_min": "without token_warmup_step captions don't grow",
    "cache_info": "what is seen of a file is remembered anyway",
    "validation_seed": "without validation_split nothing is drawn",
}
_OTHERS = ("num_repeats", "random_crop")
_KEYS = (*_SAME, *_RENAMED, *_REFUSED, *_IDLE, *_OTHERS)


@dataclass(slots=True, kw_only=True)
class KohyaTables:
    """Tables in SimpleTuner's form, and what is to be said of them."""

    tables: list[Json] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def is_kohya(document: Mapping[str, Json]) -> bool:
    """Whether a document has kohya's form: datasets that have subsets."""
    datasets = document.get("datasets")
    if not isinstance(datasets, Sequence) or isinstance(datasets, str):
        return False
    return "general" in document or any(isinstance(each, Mapping) and "subsets" in each for each in datasets)


def tables_of_kohya(document: Mapping[str, Json]) -> KohyaTables:
    """The tables that a document of kohya's form stands for."""
    found = KohyaTables()
    for name in sorted(document.keys() - {"general", "datasets"}):
        found.problems.append(f"{shown_key(name)}: unknown{suggestion(name, ['general', 'datasets'])}")
    general = _table(document.get("general", {}), "general", found)
    _look_at(general, "general", found)
    ids: set[str] = set()
    for place, dataset in _numbered(document.get("datasets"), "datasets", found):
        subsets = list(_numbered(dataset.get("subsets"), f"{place}.subsets", found))
        if not subsets:
            found.problems.append(f"{place}.subsets: missing; give each folder of pictures one")
        own = {key: value for key, value in dataset.items() if key != "subsets"}
        _look_at(own, place, found)
        for inner, subset in subsets:
            _look_at(subset, inner, found)
            _Subset(inner, {**general, **own, **subset}, found, ids).add()
        found.remarks += _by_default(place, [{**general, **own, **subset} for _, subset in subsets])
    return found


def _by_default(place: str, subsets: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    """What a dataset's subsets don't say, and have as kohya has it."""
    if any("enable_bucket" not in subset for subset in subsets):
        yield f"{place}: enable_bucket is not given: all is cut to the resolution, as kohya does"
    if any("caption_extension" not in subset for subset in subsets):
        yield f"{place}: caption_extension is not given: text files end in {_DEFAULTS['caption_extension']}"


def _look_at(given: Mapping[str, Json], place: str, found: KohyaTables) -> None:
    """Say what is wrong with the keys of one level, or without effect."""
    for key, value in given.items():
        if key in _REFUSED and not _is_nothing(value):
            found.problems.append(f"{place}.{key}: {shown(value)}: {_REFUSED[key]}")
        elif key in _IDLE and not _is_nothing(value):
            found.remarks.append(f"{place}.{key}: no effect: {_IDLE[key]}")
        elif key not in _KEYS:
            found.problems.append(
                f"{place}.{shown_key(key)}: {shown(value)}: unknown{suggestion(key, _KEYS)}"
            )


class _Subset:
    def __init__(self, place: str, given: Mapping[str, Json], found: KohyaTables, ids: set[str]) -> None:
        self._place = place
        self._given = given
        self._found = found
        self._ids = ids

    def add(self) -> None:
        """Add its table; none where its folder is passed over as there: num_repeats below 1."""
        missing = [key for key in ("image_dir", "resolution") if self._given.get(key) is None]
        for key in missing:
            self._problem(key, "missing; give it")
        repeats = self._repeats()
        if repeats < 0:
            self._found.remarks.append(f"{self._place}: num_repeats is less than 1: left out, as kohya does")
        elif not missing:
            self._found.tables.append(self._table(repeats))

    def _table(self, repeats: int) -> dict[str, Json]:
        given = self._given
        table: dict[str, Json] = {key: given[key] for key in _SAME if key in given}
        table |= {own: given[key] for key, own in _RENAMED.items() if key in given}
        is_random = not _is_nothing(given.get("random_crop"))
        return {
            "id": self._id(),
            "caption_strategy": "textfile",
            "bucketing": "kohya",
            "crop_style": "random" if is_random else "center",
            "repeats": repeats,
            **_DEFAULTS,
            **table,
        }

    def _repeats(self) -> int:
        value = self._given.get("num_repeats", 1)
        try:
            return int(str(canonical(value, Kind.INTEGER))) - 1
        except ValueError:
            self._problem("num_repeats", f"{shown(value)} is no whole number; give one, 1 is once an epoch")
            return 0

    def _id(self) -> str:
        """The folder's name without its number, the same as long as the folder is called so."""
        folder = PurePosixPath(str(self._given.get("image_dir", "")).replace("\\", "/")).name
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", _REPEATS.sub("", folder)).strip("-._") or "subset"
        size = re.sub(r"\D+", "x", str(self._given.get("resolution", ""))).strip("x")
        for own in self._names(name[: MAX_ID_LENGTH - 20], size):
            if own not in self._ids:
                self._ids.add(own)
                return own
        raise AssertionError("numbers have no end")

    def _names(self, name: str, size: str) -> Iterator[str]:
        yield name
        yield f"{name}-{size}"
        number = 2
        while True:
            yield f"{name}-{size}-{number}"
            number += 1

    def _problem(self, key: str, text: str) -> None:
        self._found.problems.append(f"{self._place}.{key}: {text}")


def _numbered(value: Json, place: str, found: KohyaTables) -> Iterator[tuple[str, Mapping[str, Json]]]:
    tables = value if isinstance(value, list | tuple) else ()
    for number, table in enumerate(tables):
        inner = f"{place}[{number}]"
        yield inner, _table(table, inner, found)


def _table(value: Json, place: str, found: KohyaTables) -> Mapping[str, Json]:
    if isinstance(value, Mapping):
        return value
    found.problems.append(f"{place}: {shown(value)} is no table of options; give one")
    return {}


def _is_nothing(value: Json) -> bool:
    return str(value).lower() in _NOTHING
