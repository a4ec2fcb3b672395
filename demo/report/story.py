"""What a report tells, as values. They know neither where it comes from nor how it looks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image

from demo.judging import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The part of the upright picture that is trained on, as shares of its width and height, 0..1."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedPicture:
    """A picture that is trained on; `bucket` is its (width, height) in pixels there."""

    name: str
    entry: str
    format: str
    size: tuple[int, int]
    bucket: tuple[int, int]
    cut: Cut
    caption: str
    tags: Sequence[tuple[str, float]]
    picture: Image.Image


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A file that is not trained on, and why. `picture` is None where it is none."""

    name: str
    entry: str
    reason: str
    detail: str
    picture: Image.Image | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPoint:
    """A step's loss; steps count from 1."""

    step: int
    epoch: int
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePicture:
    """A picture drawn while training; epoch 0 is before it."""

    epoch: int
    step: int
    prompt: str
    seed: int
    picture: Image.Image


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """A stage: when it began and ended, in seconds from the start, and what it computed."""

    name: str
    start_s: float
    end_s: float
    num_items: int
    num_hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured share of right pictures in percent, and what is asked of it: at least or at most."""

    what: str
    score: Score
    wanted_percent: float
    is_at_most: bool = False

    @property
    def is_met(self) -> bool:
        """Whether it is as good as asked."""
        right = self.score.percent_right
        return right <= self.wanted_percent if self.is_at_most else right >= self.wanted_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All of it."""

    title: str
    pipeline: str
    seed: int
    total_s: float
    adapter_name: str
    adapter_bytes: int
    used: Sequence[UsedPicture]
    set_aside: Sequence[SetAside]
    losses: Sequence[LossPoint]
    samples: Sequence[SamplePicture]
    stages: Sequence[StageTime]
    metadata: Mapping[str, str] = field(default_factory=dict)

    def buckets(self) -> Mapping[tuple[int, int], int]:
        """How many pictures each bucket has, the narrowest first."""
        counts = Counter(used.bucket for used in self.used)
        return dict(sorted(counts.items(), key=lambda item: item[0][0] / item[0][1]))

    def prompts(self) -> list[tuple[str, int]]:
        """The prompts with their seeds, in the order in which they were first drawn."""
        return list(dict.fromkeys((sample.prompt, sample.seed) for sample in self.samples))

    def epochs(self) -> list[int]:
        """The epochs after which pictures were drawn; 0 is before training."""
        return sorted({sample.epoch for sample in self.samples})

    def sample(self, prompt: tuple[str, int], epoch: int) -> SamplePicture | None:
        """The picture of a prompt and seed after an epoch; None where there is none."""
        found = (s for s in self.samples if (s.prompt, s.seed) == prompt and s.epoch == epoch)
        return next(found, None)
