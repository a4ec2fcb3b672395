"""What a run is trained on: samples that have all they need, by number, and where their tensors are."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import StateError
from bakehouse.schedule.options import terms_of
from bakehouse.schedule.places import Calendar
from bakehouse.schedule.terms import SchedulePlan
from services.trainer.domain.adapter_metadata import DataFacts, FolderFacts
from services.trainer.domain.tag_frequency import tag_frequency
from services.trainer.training_spec import TrainingSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSample:
    """One picture. `buckets` and `latents` have an item a draw (crop); `captions` and `texts` one a variant.

    `texts` is empty where texts are encoded while training.
    """

    entry: str
    buckets: tuple[tuple[int, int], ...]
    latents: tuple[IndexEntry, ...]
    captions: tuple[str, ...]
    texts: tuple[IndexEntry, ...] = ()

    @property
    def content(self) -> bytes:
        """What it is, in 32 bytes: neither how its file is called nor where its tensors lie is in it.

        Nor are cached texts, so that runs with and without them draw the same noise.
        """
        said = json.dumps([self.entry, self.buckets, [place.key for place in self.latents], self.captions])
        return hashlib.sha256(said.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """All of them; a run depends on their order. `left_out` counts the others by reason."""

    samples: Sequence[TrainingSample]
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.samples:
            reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(self.left_out.items()))
            raise StateError(f"no picture is left to train on ({reasons or 'there were none'}); add some")

    def ids(self) -> list[bytes]:
        """What tells the samples apart in a run: their contents; equal ones are numbered."""
        seen: Counter[bytes] = Counter()
        found = []
        for sample in self.samples:
            content = sample.content
            found.append(b"%b/%d" % (content, seen[content]) if content in seen else content)
            seen[content] += 1
        return found

    @property
    def key(self) -> Digest:
        """What it is as a whole, with its cached texts."""
        texts = [text.key.encode() for sample in self.samples for text in sample.texts]
        return digest_bytes(b"".join([*self.ids(), *texts]))


def by_content(samples: Iterable[TrainingSample]) -> list[TrainingSample]:
    """The samples in an order that a renamed file does not change."""
    return sorted(samples, key=lambda sample: sample.content)


def plan_schedule(data: TrainingSet, spec: TrainingSpec) -> SchedulePlan:
    """The set as the schedule knows it: draws by number, as many as every sample has."""
    num_draws = min(len(sample.latents) for sample in data.samples)
    sizes, names = sizes_of(data), _entry_names(data)
    numbers = {size: number for number, size in enumerate(sizes)}
    places = {name: number for number, name in enumerate(names)}
    return SchedulePlan(
        terms=terms_of(
            spec.run_options,
            {name: spec.entry(name) for name in names},
            bucket_names=[f"{width}x{height}" for width, height in sizes],
        ),
        buckets=[[numbers[sample.buckets[draw]] for sample in data.samples] for draw in range(num_draws)],
        entries=[places[sample.entry] for sample in data.samples],
    )


def data_facts(data: TrainingSet, spec: TrainingSpec, calendar: Calendar) -> DataFacts:
    """What an adapter's metadata says of the set, and of the first epoch of its schedule."""
    images = Counter(sample.entry for sample in data.samples)
    sizes, first = sizes_of(data), calendar.outline(0)
    pictures: Counter[tuple[int, int]] = Counter()
    for bucket in calendar.buckets(0):
        pictures[sizes[bucket.number]] += bucket.num_seen(0)
    captions = ((sample.entry, text) for sample in data.samples for text in sample.captions[:1])
    return DataFacts(
        folders=[
            FolderFacts(
                name=name,
                is_prior=spec.entry(name).prior,
                num_images=count,
                num_passes=spec.entry(name).passes,
            )
            for name, count in sorted(images.items())
        ],
        buckets=[(width, height, count) for (width, height), count in sorted(pictures.items())],
        tag_frequency=tag_frequency(sorted(captions, key=lambda pair: pair[0])),
        num_batches_per_epoch=first.num_steps * spec.gradient_accumulation_steps,
    )


def _entry_names(data: TrainingSet) -> list[str]:
    return sorted({sample.entry for sample in data.samples})


def sizes_of(data: TrainingSet) -> list[tuple[int, int]]:
    """The sizes of its crops in pixels, width and height, sorted."""
    return sorted({size for sample in data.samples for size in sample.buckets})
