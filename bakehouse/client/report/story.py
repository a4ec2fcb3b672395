"""What a report tells of a dataset, as values. They know neither where it comes from nor how it looks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The part of the upright picture that is trained on, as shares of its width and height, 0..1."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedPicture:
    """A picture that is trained on; `bucket` is its (width, height) in pixels there.

    `picture` is where a page finds it: a data URL. `same_as` is entry/name of a picture before it that has
    the very same bytes, where there is one.
    """

    name: str
    entry: str
    format: str
    size: tuple[int, int]
    bucket: tuple[int, int]
    cut: Cut
    caption: str
    tags: Sequence[tuple[str, float]] = ()
    picture: str
    is_prior: bool = False
    same_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A file that is not trained on, and why. `picture` is a data URL, empty where it is none."""

    name: str
    entry: str
    reason: str
    detail: str
    picture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshown:
    """How many there are beside the pictures that a page shows: used ones by entry and bucket, set aside."""

    used: Mapping[tuple[str, tuple[int, int]], int] = field(default_factory=dict)
    set_aside: int = 0


@dataclass(frozen=True, kw_only=True)
class DatasetStory:
    """All that is told of a dataset. What is `unshown` is in its numbers alone."""

    title: str
    lead: str
    used: Sequence[UsedPicture]
    set_aside: Sequence[SetAside]
    unshown: Unshown = field(default_factory=Unshown)

    @property
    def num_set_aside(self) -> int:
        """How many are set aside, shown or not."""
        return len(self.set_aside) + self.unshown.set_aside

    def num_used(self, entry: str) -> int:
        """How many pictures of a dataset entry are used, shown or not."""
        return sum(number for (own, _), number in self.places().items() if own == entry)

    def places(self) -> Mapping[tuple[str, tuple[int, int]], int]:
        """How many pictures there are, shown or not, by entry and bucket."""
        counts = Counter((used.entry, used.bucket) for used in self.used)
        counts.update(self.unshown.used)
        return counts

    def buckets(self) -> Mapping[tuple[int, int], int]:
        """How many pictures each bucket has, shown or not, the narrowest first."""
        counts = Counter[tuple[int, int]]()
        for (_, bucket), number in self.places().items():
            counts[bucket] += number
        return dict(sorted(counts.items(), key=lambda item: (item[0][0] / item[0][1], item[0])))

    def entries(self) -> Mapping[str, Sequence[UsedPicture]]:
        """The pictures of each dataset entry, in their order."""
        found: dict[str, list[UsedPicture]] = {}
        for used in self.used:
            found.setdefault(used.entry, []).append(used)
        return found
