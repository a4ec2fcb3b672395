"""What a snapshot leaves out, told to people: the first few by name, and why an entry has nothing left."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.manifest.schema import FAILED, KEPT
from services.dataset.domain.sample import Sample

NAMED = 20  # in a result; the tables have all of them

_MAX_BYTES = 8192  # a result has 32 KiB for all that it says
_MAX_NAME = 200
_MAX_DETAIL = 300
_TEXTS = {
    "not_utf8": "the .txt beside it is no UTF-8 text, so it has no caption; save it as UTF-8",
    "too_large": "the .txt beside it is over 1 MiB, so it has no caption; shorten it",
}
_REMEDIES = {
    "excluded.too_small": "lower minimum_image_size, or add larger ones",
    "excluded.aspect_below_minimum": "lower minimum_aspect_ratio, or crop them",
    "excluded.aspect_above_maximum": "raise maximum_aspect_ratio, or crop them",
    "excluded.upscaled_too_much": "raise max_upscale_threshold, or add larger ones",
    "excluded.too_thin": "crop them to fuller shapes",
}
_MEND = "mend the files, or name another folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A picture that is not used, or whose caption can't be read. `reason` is the word that it counts by."""

    entry: str
    name: str
    reason: str
    detail: str

    def to_json(self) -> Mapping[str, Json]:
        """As the job's result has it."""
        return {
            "entry": self.entry,
            "name": self.name[:_MAX_NAME],
            "reason": self.reason,
            "detail": self.detail[:_MAX_DETAIL],
        }


@dataclass(slots=True)
class LeftOut:
    """Takes an entry's samples as they go by, and keeps what is to be told of them."""

    named: list[SetAside] = field(default_factory=list)
    _examples: dict[str, SetAside] = field(default_factory=dict)

    def watch(self, samples: Iterator[Sample]) -> Iterator[Sample]:
        """The same samples, noted."""
        for sample in samples:
            for found in _of(sample):
                if len(self.named) < NAMED:
                    self.named.append(found)
                self._examples.setdefault(found.reason, found)
            yield sample

    def why_nothing(self, counts: Counter[str]) -> str:
        """Why no picture is left: how many for each reason with an example, and what to do."""
        reasons = [(reason, number) for reason, number in counts.most_common() if number]
        told = "; ".join(f"{number} {_word(reason)}{self._example(reason)}" for reason, number in reasons)
        return f"none of its pictures can be used: {told}; {_REMEDIES.get(reasons[0][0], _MEND)}"

    def _example(self, reason: str) -> str:
        found = self._examples.get(reason)
        return f" ({found.name[:_MAX_NAME]}: {found.detail[:_MAX_DETAIL]})" if found else ""


def named(found: Iterable[SetAside]) -> list[Json]:
    """The first of them as the job's result has them: as many as it has room for."""
    told: list[Json] = []
    room = _MAX_BYTES
    for one in islice(found, NAMED):
        entry = one.to_json()
        room -= len(canonical_bytes(entry))
        if room < 0:
            break
        told.append(entry)
    return told


def _of(sample: Sample) -> Iterator[SetAside]:
    (row,) = sample.rows["samples"]
    entry, name = str(row["entry"]), str(row["name"])
    if row["state"] != KEPT:
        reason = f"{row['state']}.{row['reason']}"
        yield SetAside(entry=entry, name=name, reason=reason, detail=str(row["detail"]))
    for caption in sample.rows["captions"]:
        if caption["state"] == FAILED:
            detail = _TEXTS.get(str(caption["reason"]), str(caption["reason"]))
            yield SetAside(entry=entry, name=name, reason="captions.failed", detail=detail)


def _word(reason: str) -> str:
    return reason.partition(".")[2].replace("_", " ")
