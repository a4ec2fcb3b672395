"""What a report tells of a dataset, as values. They know neither where it comes from nor how it looks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


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


@dataclass(frozen=True, kw_only=True)
class DatasetStory:
    """All that is told of a dataset."""

    title: str
    lead: str
    used: Sequence[UsedPicture]
    set_aside: Sequence[SetAside]

    def buckets(self) -> Mapping[tuple[int, int], int]:
        """How many pictures each bucket has, the narrowest first."""
        counts = Counter(used.bucket for used in self.used)
        return dict(sorted(counts.items(), key=lambda item: item[0][0] / item[0][1]))

    def entries(self) -> Mapping[str, Sequence[UsedPicture]]:
        """The pictures of each dataset entry, in their order."""
        found: dict[str, list[UsedPicture]] = {}
        for used in self.used:
            found.setdefault(used.entry, []).append(used)
        return found
