"""One rank's run from its newest checkpoint to its end. Every rank calls this; rank 0 alone keeps things."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest
from bakehouse.jobs.failures import ConfigError
from bakehouse.schedule.epochs import Schedule
from services.trainer.batches import Batches, MicroBatch
from services.trainer.domain.learning_rates import RateSchedule
from services.trainer.domain.losses import min_snr_weights, squared_error, weighted_loss
from services.trainer.domain.noise_schedule import noisy_latents, signal_to_noise, target
from services.trainer.export import Exporter, Moment
from services.trainer.optimizer import Optimizer
from services.trainer.ports import Checkpoints, Crew, Painter, TrainedModel
from services.trainer.progress import (
    Checkpoint,
    LossPoint,
    Progress,
    SavedAdapter,
    SavedSample,
    as_json,
    loss_lines,
)
from services.trainer.training_spec import SamplePrompt, TrainingSpec

Tell = Callable[[str, str, Mapping[str, Json]], None]
Reach = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is trained, for which job: `prompts` are complete, with size and seed."""

    job: str
    spec: TrainingSpec
    num_steps: int
    schedule: Schedule
    rates: RateSchedule
    prompts: Sequence[SamplePrompt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What it is trained with. `tell` publishes an event; `reach` hears of each step that is safe."""

    model: TrainedModel
    crew: Crew
    batches: Batches
    checkpoints: Checkpoints
    exporter: Exporter
    painter: Painter | None
    blobs: Blobs
    tell: Tell
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended: the job's result, and the blobs that it names."""

    result: Mapping[str, Json]
    blobs: tuple[Digest, ...]


class Training:
    """A run at work."""

    def __init__(self, run: Run, tools: Tools) -> None:
        self._run = run
        self._tools = tools
        self._optimizer = Optimizer(run.spec, tools.model, tools.crew)
        self._progress = Progress()

    def train(self) -> Outcome:
        """Train to the end, or to where it is asked to stop.

        Raises:
            ConfigError: the loss is no number any more.
            BakehouseError: what store and shards raise.
        """
        self._resume()
        if self._progress.step == 0:
            self._paint(epoch=0)
        if not self._is_stopped:
            self._go_on()
        return self._finish()

    @property
    def _is_stopped(self) -> bool:
        """Whether this job was asked to end. One that was asked before it leaves the rest to this one."""
        return self._progress.stopped_for == self._run.job

    def _resume(self) -> None:
        found = self._tools.checkpoints.newest()
        if found is not None:
            self._progress = found.progress
            self._optimizer.load(found)
        self._tools.reach(self._progress.step)

    def _go_on(self) -> None:
        first, num_steps = self._progress.step, self._run.num_steps
        for step, batches in enumerate(self._tools.batches.steps(first, num_steps), start=first):
            self._step(step, batches)
            self._progress.step = step + 1
            if self._run.schedule.place(step).is_last_of_epoch:
                self._end_epoch(self._run.schedule.place(step).epoch + 1)
            is_asked = self._stop_is_asked() and step + 1 < num_steps
            self._progress.stopped_for = self._run.job if is_asked else ""
            is_due = (step + 1) % self._run.spec.save_every_n_steps == 0
            if is_due or is_asked or step + 1 == num_steps:
                self._save()
            if is_asked:
                return

    def _step(self, step: int, batches: Sequence[MicroBatch]) -> None:
        factor = self._run.rates.factor(step)
        total = torch.zeros((), device=self._tools.crew.device)
        for number, batch in enumerate(batches, start=1):
            with self._tools.crew.accumulating(is_last=number == len(batches)):
                loss = self._loss(batch) / len(batches)
                self._tools.crew.backward(loss)
            total += loss.detach()
        mean = self._tools.crew.mean(total)
        self._check(step, mean, factor)
        self._optimizer.update(factor)
        self._note(step, mean, factor)

    def _loss(self, batch: MicroBatch) -> Tensor:
        """The weighted loss of a micro-batch, a scalar on the crew's device."""
        model, crew, gamma = self._tools.model, self._tools.crew, self._run.spec.min_snr_gamma
        alphas = model.alphas[batch.timesteps]
        weights = batch.weights
        if gamma is not None:
            weights = weights * min_snr_weights(signal_to_noise(alphas), gamma, model.prediction)
        alphas, weights = alphas.to(crew.device), weights.to(crew.device)
        latents = model.scale(batch.latents.to(crew.device, torch.float32))
        noise = batch.noise.to(crew.device)
        noisy = noisy_latents(latents, noise, alphas)
        with crew.autocast():
            hidden = model.encode(batch.texts) if batch.hidden is None else batch.hidden.to(crew.device)
            prediction = model.predict(noisy, batch.timesteps.to(crew.device), hidden)
        wanted = target(model.prediction, latents, noise, alphas)
        return weighted_loss(squared_error(prediction, wanted), weights)

    def _check(self, step: int, loss: float, factor: float) -> None:
        if math.isfinite(loss):
            return
        rate = self._optimizer.rate * factor
        remedy = "lower learning_rate"
        if self._run.spec.mixed_precision == "fp16":
            remedy += " or use mixed_precision bf16"
        raise ConfigError(
            f"the loss of step {step + 1} is {loss}, with learning rate {rate:.3g}; {remedy}, warm up for "
            "longer (lr_warmup_steps), or look for damaged pictures"
        )

    def _note(self, step: int, loss: float, factor: float) -> None:
        rate = self._optimizer.rate * factor
        epoch = self._run.schedule.place(step).epoch + 1
        self._progress.losses.append(LossPoint(step=step + 1, epoch=epoch, loss=loss, lr=rate))
        self._tools.tell(
            "progress",
            f"step-{step + 1}",
            {
                "step": step + 1,
                "num_steps": self._run.num_steps,
                "epoch": epoch,
                "loss": f"{loss:.6g}",
                "lr": f"{rate:.6g}",
                "seed": self._run.schedule.seed,
            },
        )

    def _end_epoch(self, epoch: int) -> None:
        """Adapters and samples that are due after `epoch` epochs; those of the last one belong to the end."""
        if self._progress.step == self._run.num_steps:
            return
        every = self._run.spec.save_every_n_epochs
        if every is not None and epoch % every == 0:
            self._export(epoch)
        every = self._run.spec.sample_every_n_epochs
        if every is not None and epoch % every == 0:
            self._paint(epoch)

    def _stop_is_asked(self) -> bool:
        crew = self._tools.crew
        return crew.agree(flag=crew.rank == 0 and self._tools.checkpoints.stop_is_asked())

    def _save(self) -> None:
        self._progress.scaler = self._tools.crew.scaler_state()
        if self._tools.crew.rank == 0:
            progress = replace(self._progress)
            self._tools.checkpoints.save(Checkpoint(progress=progress, tensors=self._optimizer.tensors()))
        self._tools.reach(self._progress.step)

    def _export(self, epoch: int) -> Mapping[str, str]:
        if self._tools.crew.rank > 0:
            return {}
        moment = Moment(step=self._progress.step, epoch=epoch)
        digest, metadata = self._tools.exporter.export(self._tools.model.adapter(), moment)
        saved = SavedAdapter(epoch=epoch, step=moment.step, digest=digest)
        self._progress.adapters.append(saved)
        self._tools.tell("adapter", f"step-{moment.step}", as_json(saved))
        return metadata

    def _paint(self, epoch: int) -> None:
        if self._tools.crew.rank > 0 or self._tools.painter is None:
            return
        for number, prompt in enumerate(self._run.prompts):
            digest = self._tools.blobs.put(self._tools.painter.paint(prompt))
            assert prompt.seed is not None  # prompts of a run are complete
            sample = SavedSample(
                epoch=epoch,
                step=self._progress.step,
                prompt=prompt.prompt,
                seed=prompt.seed,
                digest=digest,
            )
            self._progress.samples.append(sample)
            self._tools.tell("sample", f"step-{self._progress.step}-{number}", as_json(sample))

    def _finish(self) -> Outcome:
        """The last adapter and samples, from what is in the newest checkpoint."""
        progress = self._progress
        epoch = self._run.schedule.place(progress.step - 1).epoch + 1
        metadata = self._export(epoch)
        if self._tools.crew.rank > 0:
            return Outcome(result={}, blobs=())
        self._paint(epoch)
        losses = self._tools.blobs.put(loss_lines(progress))
        self._tools.checkpoints.forget_stop()
        adapter = progress.adapters[-1].digest
        result: dict[str, Json] = {
            "adapter": adapter,
            "adapters": [as_json(saved) for saved in progress.adapters],
            "losses": losses,
            "samples": [as_json(sample) for sample in progress.samples],
            "metadata": metadata,
            "seed": self._run.schedule.seed,
            "steps": progress.step,
            "stopped": self._is_stopped,
        }
        made = [*(saved.digest for saved in progress.adapters), *(saved.digest for saved in progress.samples)]
        return Outcome(result=result, blobs=(losses, *dict.fromkeys(made)))
