"""Assembles what a rank trains on, one step ahead of the training."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from bakehouse.captions import NO_CAPTION, CaptionRule, draw_variant
from bakehouse.errors import InvalidInputError
from bakehouse.schedule.epochs import Schedule
from bakehouse.schedule.turns import Turn, turns
from services.trainer.domain.losses import prior_weights
from services.trainer.domain.noise_schedule import draw_noise, draw_timesteps
from services.trainer.ports import TensorSource
from services.trainer.training_set import TrainingSample, TrainingSet
from services.trainer.training_spec import TrainingSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroBatch:
    """A rank's part of a step, or of one of those that are accumulated for it, on the CPU.

    latents: (b, c, h, w) as cached; noise: the same shape, float32; timesteps: (b,) int64; weights: (b,)
    float32; hidden: (b, n, d), None where `texts` are to be encoded.
    """

    latents: Tensor
    noise: Tensor
    timesteps: Tensor
    weights: Tensor
    texts: tuple[str, ...]
    hidden: Tensor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which rank of how many."""

    rank: int
    num_ranks: int


class Batches:
    """The micro-batches of a rank. Read ahead by a thread of its own, which alone uses `source`."""

    def __init__(
        self, data: TrainingSet, spec: TrainingSpec, schedule: Schedule, source: TensorSource, share: Share
    ) -> None:
        if share.num_ranks != spec.num_processes:
            raise InvalidInputError(
                f"{share.num_ranks} processes train what was planned for {spec.num_processes}; start as many",
                field="num_processes",
            )
        self._samples = data.samples
        self._ids = data.ids()
        self._spec = spec
        self._seed = schedule.seed
        self._rule = CaptionRule(dropout_rate=spec.caption_dropout_rate)
        self._schedule = schedule
        self._source = source
        self._rank = share.rank

    def steps(self, first: int, stop: int) -> Iterator[list[MicroBatch]]:
        """The micro-batches of each step from `first` on, those of the next step made meanwhile."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches") as thread:
            ahead: Future[list[MicroBatch]] | None = None
            for step in range(first, stop):
                now = ahead or thread.submit(self.step, step)
                ahead = thread.submit(self.step, step + 1) if step + 1 < stop else None
                yield now.result()

    def step(self, step: int) -> list[MicroBatch]:
        """The micro-batches of one step."""
        place = self._schedule.place(step)
        epoch = self._schedule.epoch(place.epoch)
        drawn = epoch.step(place.number)
        taken = list(turns(drawn, self._ids, seed=self._seed, epoch=place.epoch, number=place.number))
        return [
            self._micro_batch([self._samples[at] for at in drawn[part]], taken[part], draw=epoch.draw)
            for part in self._schedule.slices(place, rank=self._rank)
        ]

    def _micro_batch(
        self, samples: Sequence[TrainingSample], mine: Sequence[Turn], *, draw: int
    ) -> MicroBatch:
        latents = torch.stack(self._source.read([sample.latents[draw] for sample in samples]))
        variants = [
            draw_variant(self._rule, len(sample.captions), turn)
            for sample, turn in zip(samples, mine, strict=True)
        ]
        return MicroBatch(
            latents=latents,
            noise=draw_noise(mine, tuple(latents.shape[1:])),
            timesteps=self._timesteps(mine),
            weights=prior_weights(
                [self._spec.entry(sample.entry).prior for sample in samples], self._spec.prior_loss_weight
            ),
            texts=tuple(
                NO_CAPTION if variant is None else sample.captions[variant]
                for sample, variant in zip(samples, variants, strict=True)
            ),
            hidden=None if self._spec.trains_text_encoder else self._hidden(samples, variants),
        )

    def _timesteps(self, mine: Sequence[Turn]) -> Tensor:
        return draw_timesteps(mine, first=self._spec.min_timestep, stop=self._spec.max_timestep)

    def _hidden(self, samples: Sequence[TrainingSample], variants: Sequence[int | None]) -> Tensor:
        places = []
        for sample, variant in zip(samples, variants, strict=True):
            if variant is not None:
                places.append(sample.texts[variant])
                continue
            assert self._spec.empty_text is not None  # the planner asked for it
            places.append(self._spec.empty_text.place)
        hidden = self._source.read(places)
        if len({tuple(states.shape) for states in hidden}) > 1:
            shapes = sorted({tuple(states.shape) for states in hidden})
            raise InvalidInputError(
                f"cached texts of shapes {shapes} in one batch; encode them with one max_token_length"
            )
        return torch.stack(hidden)
