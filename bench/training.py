"""Training steps against a bare PyTorch loop with the same model, batches and tensors, four steps in turn.

The loop has all tensors in memory: it draws noise, predicts, and takes a step of torch's AdamW. Ours is a
whole run (`services/trainer/train.py`): it reads shards, draws noise by seed and sample, tells of each step,
computes deterministically, and writes checkpoints, which are timed apart.
"""

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import torch
from torch import Tensor

from bakehouse.logs import configure_logs
from demo.places import BASE
from services.trainer.adapters.lora import add_lora, lora_parameters
from services.trainer.domain.key_names import Ranks, is_unet_target
from services.trainer.order import RankWord, Saying
from services.trainer.rank.bootstrap import train
from services.trainer.rank.telling import Words
from tests.bakehouse.models.tiny_models import TinyModel
from tests.services.trainer.bakery import SIZES, Bakery, encode, open_bakery, random_latent
from tests.services.trainer.oven import Oven

BATCH = 8
RANK = 16
BLOCK_STEPS = 4
NUM_BLOCKS = 50
WARM_UP = 2  # blocks that are not counted
SAVE_EVERY = 50
NUM_PICTURES = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """latents: (b, c, h, w), scaled; hidden: (b, n, d)."""

    latents: Tensor
    hidden: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Seconds of as many steps of the one and of the other; those of ours without its checkpoint."""

    ours_s: float
    bare_s: float
    checkpoint_s: float


class Turns(Words):
    """Hears of our steps, and lets the bare loop do as many whenever a block of them is over."""

    def __init__(self, bare: "BareLoop", pipe: BinaryIO) -> None:
        super().__init__(pipe)
        self._bare = bare
        self._since = self._noted = time.perf_counter()
        self._checkpoint_s = 0.0
        self.blocks: list[Block] = []

    def say(self, word: RankWord) -> None:
        super().say(word)
        now = time.perf_counter()
        if word.saying is Saying.REACHED:  # a step is told of before its checkpoint is written
            self._checkpoint_s += now - self._noted
        if word.type != "progress" or word.data is None:
            return
        self._noted = now
        step: Any = word.data["step"]
        if step % BLOCK_STEPS == 0:
            ours_s = now - self._since - self._checkpoint_s
            block = Block(ours_s=ours_s, bare_s=self._bare.run(), checkpoint_s=self._checkpoint_s)
            self.blocks.append(block)
            self._since = self._noted = time.perf_counter()
            self._checkpoint_s = 0.0


class BareLoop:
    """What anybody would write."""

    def __init__(self, model: TinyModel) -> None:
        self._unet = model.unet
        self._scheduler = model.scheduler
        ranks = Ranks(network_dim=RANK, network_alpha=RANK)
        add_lora(self._unet, lambda layer: is_unet_target(layer, ranks), ranks, seed=0)
        self._parameters = [parameter for _, parameter in lora_parameters(self._unet)]
        self._optimizer = torch.optim.AdamW(self._parameters, lr=1e-4)
        self._batches: Iterator[Batch] = cycle(batches_of(model))
        self.losses: list[float] = []

    def run(self) -> float:
        """Seconds of a block."""
        torch.use_deterministic_algorithms(mode=False)
        started = time.perf_counter()
        for _ in range(BLOCK_STEPS):
            self._step(next(self._batches))
        took_s = time.perf_counter() - started
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
        return took_s

    def _step(self, batch: Batch) -> None:
        noise = torch.randn_like(batch.latents)
        timesteps = torch.randint(0, 1000, (len(noise),))
        noisy = self._scheduler.add_noise(batch.latents, noise, timesteps)
        predicted = self._unet(noisy, timesteps, batch.hidden).sample
        loss = torch.nn.functional.mse_loss(predicted, noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.losses.append(loss.item())


def main() -> None:
    configure_logs(level="error", log_format="json", secrets=())
    has_demo = (BASE / "model_index.json").exists()
    with TemporaryDirectory(dir=Path.cwd()) as name:
        bakery = open_bakery(Path(name), BASE if has_demo else None, num_pictures=NUM_PICTURES)
        blocks = interleaved(bakery)
    what = "the demo kitchen's model" if has_demo else "the tests' tiny model"
    print(f"{what}, LoRA of rank {RANK}, batches of {BATCH}, {torch.get_num_threads()} thread\n")
    report(blocks[WARM_UP:])


def interleaved(bakery: Bakery) -> Sequence[Block]:
    """A run of ours and the bare loop, block by block in turn."""
    oven = Oven(bakery)
    oven.point_processes_here()
    spec = bakery.spec(
        max_train_steps=BLOCK_STEPS * NUM_BLOCKS,
        train_batch_size=BATCH,
        network_dim=RANK,
        network_alpha=str(RANK),
        learning_rate="0.0001",
        min_snr_gamma="5",
        save_every_n_steps=SAVE_EVERY,
    )
    with Path(os.devnull).open("wb") as pipe:
        turns = Turns(BareLoop(bakery.model), pipe)
        train(oven.order(spec), turns)
    return turns.blocks


def report(blocks: Sequence[Block]) -> None:
    ours_ms, bare_ms = (
        statistics.median(times) / BLOCK_STEPS * 1000
        for times in ([block.ours_s for block in blocks], [block.bare_s for block in blocks])
    )
    print(
        f"a step of ours {ours_ms:.1f} ms, of the bare loop {bare_ms:.1f} ms: ratio {bare_ms / ours_ms:.3f}"
    )
    in_turn = statistics.median(block.bare_s / block.ours_s for block in blocks)
    print(f"median ratio of neighbours {in_turn:.3f}")
    written = [block.checkpoint_s for block in blocks if block.checkpoint_s]
    print(f"apart: a checkpoint {statistics.median(written) * 1000:.0f} ms, by default every 100 steps")


def batches_of(model: TinyModel) -> Iterator[Batch]:
    """The pictures of the bakery, in batches of one size."""
    hidden = encode(model, [f"a red star, picture {number}" for number in range(NUM_PICTURES)])
    for place, size in enumerate(SIZES):
        numbers = range(place, NUM_PICTURES, len(SIZES))
        for first in range(0, len(numbers), BATCH):
            chosen = numbers[first : first + BATCH]
            latents = torch.stack([random_latent(number, size) for number in chosen])
            yield Batch(latents=latents * 0.18215, hidden=hidden[list(chosen)])


if __name__ == "__main__":
    main()
