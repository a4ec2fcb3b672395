"""What a snapshot leaves out, told to people: the first few by name, and why an entry has nothing left."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.manifest.columns import call
from bakehouse.manifest.schema import FAILED, KEPT
from services.dataset.domain.duplicates import Kind
from services.dataset.domain.sample import Rows

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
_DUPLICATES = pa.array([Kind.EXACT.value, Kind.NEAR.value])
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
    """Takes an entry's rows as they go by, and keeps what is to be told of them."""

    named: list[SetAside] = field(default_factory=list)
    _examples: dict[str, SetAside] = field(default_factory=dict)

    def watch(self, rows: Rows) -> None:
        """Note rows of the entry."""
        out = rows.samples.filter(call("not_equal", rows.samples["state"], pa.scalar(KEPT)))
        self._note(out)
        unread = rows.captions.filter(call("equal", rows.captions["state"], pa.scalar(FAILED)))
        if unread.num_rows:
            kept = rows.samples.filter(call("equal", rows.samples["state"], pa.scalar(KEPT)))
            self._note_unread(unread, kept)

    def watch_duplicates(self, samples: pa.RecordBatch) -> None:
        """Note rows of the table `samples` that are set aside as duplicates."""
        self._note(samples.filter(pc.is_in(samples["reason"], _DUPLICATES)))

    def why_nothing(self, counts: Counter[str]) -> str:
        """Why no picture is left: how many for each reason with an example, and what to do."""
        reasons = [(reason, number) for reason, number in counts.most_common() if number]
        told = "; ".join(f"{number} {_word(reason)}{self._example(reason)}" for reason, number in reasons)
        return f"none of its pictures can be used: {told}; {_REMEDIES.get(reasons[0][0], _MEND)}"

    def _note(self, out: pa.RecordBatch) -> None:
        reasons = [
            f"{state}.{reason}"
            for state, reason in zip(out["state"].to_pylist(), out["reason"].to_pylist(), strict=True)
        ]
        first = {reason: row for row, reason in reversed([*enumerate(reasons)])}
        few = range(min(len(reasons), NAMED - len(self.named)))
        new = {row for reason, row in first.items() if reason not in self._examples}
        for row in sorted({*few, *new}):
            self._keep(_told(out, row, reasons[row]))

    def _note_unread(self, captions: pa.RecordBatch, kept: pa.RecordBatch) -> None:
        for row in range(min(captions.num_rows, max(NAMED - len(self.named), 1))):
            sample, reason = captions["at"][row].as_py(), str(captions["reason"][row].as_py())
            found = _told(kept, sample, "captions.failed")
            self._keep(replace(found, detail=_TEXTS.get(reason, reason)))

    def _keep(self, found: SetAside) -> None:
        if len(self.named) < NAMED:
            self.named.append(found)
        self._examples.setdefault(found.reason, found)

    def _example(self, reason: str) -> str:
        found = self._examples.get(reason)
        return f" ({found.name[:_MAX_NAME]}: {found.detail[:_MAX_DETAIL]})" if found else ""


def named(found: Iterable[SetAside]) -> list[Json]:
    """Some of them as the job's result has them: as many as it has room for, of each reason the first."""
    told: list[Json] = []
    room = _MAX_BYTES
    for one in islice(_by_turns(found), NAMED):
        entry = one.to_json()
        room -= len(canonical_bytes(entry))
        if room < 0:
            break
        told.append(entry)
    return told


def _by_turns(found: Iterable[SetAside]) -> list[SetAside]:
    """The first for each reason, then the second for each."""
    turns = Counter[str]()
    ranked: list[tuple[int, SetAside]] = []
    for one in found:
        ranked.append((turns[one.reason], one))
        turns[one.reason] += 1
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]


def _told(samples: pa.RecordBatch, row: int, reason: str) -> SetAside:
    return SetAside(
        entry=str(samples["entry"][row].as_py()),
        name=str(samples["name"][row].as_py()),
        reason=reason,
        detail=str(samples["detail"][row].as_py()),
    )


def _word(reason: str) -> str:
    return reason.partition(".")[2].replace("_", " ")
