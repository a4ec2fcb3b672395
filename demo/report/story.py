"""What a report tells, as values. They know neither where it comes from nor how it looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image

from bakehouse.client.report.story import DatasetStory
from demo.judging import Score


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
    """A measured share of pictures in percent, and what is asked of it: at least or at most.

    It counts pictures that are right in shape, colour and ground; `is_of_shapes`: in shape, whatever else.
    """

    what: str
    score: Score
    wanted_percent: float
    is_at_most: bool = False
    is_of_shapes: bool = False

    @property
    def percent(self) -> float:
        """The share."""
        return self.score.percent(self.score.num_shapes if self.is_of_shapes else self.score.num_right)

    @property
    def is_met(self) -> bool:
        """Whether it is as good as asked."""
        return self.percent <= self.wanted_percent if self.is_at_most else self.percent >= self.wanted_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two judges of colours are apart where they differ most, in points, and how far they may be."""

    points: float
    most_points: float = 5.0

    @property
    def is_met(self) -> bool:
        """Whether they agree."""
        return self.points <= self.most_points


def agreement_of(figures: Sequence[Figure]) -> Agreement:
    """How far tagger and rule are apart on the colours of one and the same figure's pictures."""
    return Agreement(points=max((figure.score.disagreement for figure in figures), default=0.0))


@dataclass(frozen=True, kw_only=True)
class Story(DatasetStory):
    """All of it."""

    pipeline: str
    seed: int
    total_s: float
    adapter_name: str
    adapter_bytes: int
    losses: Sequence[LossPoint]
    samples: Sequence[SamplePicture]
    stages: Sequence[StageTime]
    metadata: Mapping[str, str] = field(default_factory=dict)

    def prompts(self) -> list[tuple[str, int]]:
        """The prompts with their seeds, in the order in which they were first drawn."""
        return list(dict.fromkeys((sample.prompt, sample.seed) for sample in self.samples))

    def epochs(self) -> list[int]:
        """The epochs after which pictures were drawn; 0 is before training."""
        return sorted({sample.epoch for sample in self.samples})

    def step_of(self, epoch: int) -> int:
        """How many steps had been taken when the pictures after an epoch were drawn."""
        return max(sample.step for sample in self.samples if sample.epoch == epoch)

    def sample(self, prompt: tuple[str, int], epoch: int) -> SamplePicture | None:
        """The picture of a prompt and seed after an epoch; None where there is none."""
        found = (s for s in self.samples if (s.prompt, s.seed) == prompt and s.epoch == epoch)
        return next(found, None)
