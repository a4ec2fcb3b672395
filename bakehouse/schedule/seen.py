"""How often each picture, entry and bucket of a run is seen: told from numbers of pictures alone. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.schedule.filling import Bucket
from bakehouse.schedule.options import EntryOptions, RunOptions, terms_of
from bakehouse.schedule.places import Calendar, Outline

_MOST_COUNTED = 2000  # epochs; the others are taken to be like them


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLength:
    """How long a run is to be: epochs go before steps."""

    max_train_steps: int | None = None
    max_train_epochs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySeen:
    """An entry: how often each of its pictures is seen, on average and without pads."""

    name: str
    num_pictures: int
    times_an_epoch: float
    times_a_run: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSeen:
    """A bucket in an epoch that has it: `num_pads` pictures are taken again to fill its last step."""

    name: str
    entries: tuple[str, ...]
    num_pictures: int
    num_seen: int
    num_steps: int
    step_size: int
    num_pads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeen:
    """What a run sees. `num_epochs` counts one that the run ends in the middle of, too.

    `pads_of_first_epoch` are those of buckets that it draws from: at most, where it does not see all of them.
    """

    entries: tuple[EntrySeen, ...]
    buckets: tuple[BucketSeen, ...]
    steps_of_first_epoch: int
    pads_of_first_epoch: int
    num_steps: int
    num_epochs: int


def run_seen(
    run: RunOptions,
    entries: Mapping[str, EntryOptions],
    pictures: Mapping[tuple[str, str], int],
    length: RunLength,
) -> RunSeen:
    """What a run will see.

    Args:
        run: how steps are made.
        entries: what is asked of each entry, by name.
        pictures: how many there are, by entry and bucket.
        length: of the run.

    Raises:
        InvalidInputError: it can't be.
    """
    found = sorted({name for (name, _), number in pictures.items() if number})
    known = {name: entries.get(name, EntryOptions()) for name in found}
    names = sorted({bucket for _, bucket in pictures})
    places = {name: number for number, name in enumerate(known)}
    counts = {
        (places[entry], names.index(bucket)): number for (entry, bucket), number in pictures.items() if number
    }
    calendar = Calendar(terms_of(run, known, bucket_names=names), [counts])
    num_steps = _num_steps(length, calendar)
    seen = _steps_seen(calendar, num_steps)
    first = calendar.outline(0)
    return RunSeen(
        entries=tuple(
            _entry_seen(calendar, number, sum(_of_entry(pictures, name)), seen)
            for number, name in enumerate(known)
        ),
        buckets=tuple(_bucket_seen(calendar, bucket) for bucket in calendar.buckets(0)),
        steps_of_first_epoch=first.num_steps,
        pads_of_first_epoch=sum(_bucket_seen(calendar, bucket).num_pads for bucket in first.buckets),
        num_steps=num_steps,
        num_epochs=calendar.place(num_steps - 1).epoch + 1 if num_steps else 0,
    )


def _of_entry(pictures: Mapping[tuple[str, str], int], name: str) -> list[int]:
    return [number for (entry, _), number in pictures.items() if entry == name]


def _num_steps(length: RunLength, calendar: Calendar) -> int:
    if length.max_train_epochs is not None:
        return calendar.steps_of_epochs(length.max_train_epochs)
    return length.max_train_steps or 0


def _steps_seen(calendar: Calendar, num_steps: int) -> list[float]:
    """The steps of a run that each lane has."""
    seen = [0.0] * len(calendar.lanes)
    epoch = done = 0
    while done < num_steps and epoch < _MOST_COUNTED:
        outline = calendar.outline(epoch)
        for lane, steps in enumerate(_within(outline, num_steps - done, len(seen))):
            seen[lane] += steps
        done += outline.num_steps
        epoch += 1
    return [steps * num_steps / done for steps in seen] if done < num_steps else seen


def _within(outline: Outline, num_steps: int, num_lanes: int) -> list[float]:
    """What of the first steps of an epoch each lane has, on average."""
    found = [0.0] * num_lanes
    for segment in outline.segments:
        share = min(1.0, max(0, num_steps - segment.first) / segment.num_steps)
        found = [before + count * share for before, count in zip(found, segment.counts, strict=True)]
    return found


def _entry_seen(calendar: Calendar, number: int, num_pictures: int, steps: list[float]) -> EntrySeen:
    own = [
        (bucket.lane, part) for bucket in calendar.buckets(0) for part in bucket.parts if part.entry == number
    ]
    epochs = 0.0
    if own:
        lane = own[0][0]
        epoch_steps = sum(bucket.num_steps(0) for bucket in calendar.buckets(0) if bucket.lane == lane)
        epochs = steps[lane] / epoch_steps
    times = float(sum(part.num_samples * part.passes for _, part in own)) / num_pictures
    return EntrySeen(
        name=calendar.terms.entries[number].name,
        num_pictures=num_pictures,
        times_an_epoch=times,
        times_a_run=times * epochs,
    )


def _bucket_seen(calendar: Calendar, bucket: Bucket) -> BucketSeen:
    num_seen, num_steps = bucket.num_seen(0), bucket.num_steps(0)
    return BucketSeen(
        name=calendar.terms.bucket_name(bucket.number),
        entries=tuple(calendar.terms.entries[part.entry].name for part in bucket.parts),
        num_pictures=bucket.num_samples,
        num_seen=num_seen,
        num_steps=num_steps,
        step_size=bucket.step_size,
        num_pads=num_steps * bucket.step_size - num_seen,
    )
