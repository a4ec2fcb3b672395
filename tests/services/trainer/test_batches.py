from collections.abc import Sequence

import pytest
import torch

from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError
from bakehouse.schedule.epochs import Schedule
from services.trainer.batches import Batches, MicroBatch, Share
from services.trainer.training_set import TrainingSample, TrainingSet, plan_schedule
from services.trainer.training_spec import CachedText, EntrySpec, TrainingSpec

SHARD = digest_bytes(b"shard")


def place(row: int) -> IndexEntry:
    return IndexEntry(key=digest_bytes(str(row).encode()), shard=SHARD, row=row, crc32c=0)


class Rows:
    """A source whose tensors are full of their row's number."""

    def read(self, places: Sequence[IndexEntry]) -> list[torch.Tensor]:
        return [torch.full((4, 2, 2), float(place.row)) for place in places]


DATA = TrainingSet(
    samples=[
        TrainingSample(
            entry="cats",
            buckets=((16, 16),),
            latents=(place(number),),
            captions=(f"{number}",),
            texts=(place(100 + number),),
        )
        for number in range(4)
    ]
)


def batches(share: Share, **changes: object) -> Batches:
    options: dict[str, object] = {"base_model": "a" * 64, "max_train_steps": 1, "train_batch_size": 2}
    spec = TrainingSpec(**{**options, **changes})  # type: ignore[arg-type]  # options of many types
    return Batches(DATA, spec, Schedule(plan_schedule(DATA, spec), seed=3), Rows(), share)


ALONE = Share(rank=0, num_ranks=1)


def test_tensors_and_texts_belong_together() -> None:
    for micro_batches in batches(ALONE).steps(0, 6):
        (found,) = micro_batches
        assert found.hidden is not None
        rows = found.latents[:, 0, 0, 0]
        assert torch.equal(found.hidden[:, 0, 0, 0], rows + 100)
        assert found.texts == tuple(f"{int(row)}" for row in rows)


def test_a_step_is_the_same_whenever_it_is_entered() -> None:
    ahead = [found for (found,) in batches(ALONE).steps(0, 5)]
    assert same(ahead[4], batches(ALONE).step(4)[0])


def test_ranks_share_what_one_has() -> None:
    (whole,) = batches(ALONE, train_batch_size=4).step(1)
    ranks = [batches(Share(rank=n, num_ranks=2), num_processes=2).step(1)[0] for n in range(2)]
    assert torch.equal(torch.cat([rank.noise for rank in ranks]), whole.noise)
    assert torch.equal(torch.cat([rank.latents for rank in ranks]), whole.latents)
    assert torch.equal(torch.cat([rank.timesteps for rank in ranks]), whole.timesteps)


def test_the_same_sample_gets_other_noise_at_another_step() -> None:
    (first,), (second,) = (batches(ALONE, train_batch_size=4).step(step) for step in (0, 1))
    order = first.latents[:, 0, 0, 0].argsort(), second.latents[:, 0, 0, 0].argsort()
    assert not torch.equal(first.noise[order[0]], second.noise[order[1]])


def test_texts_are_not_read_where_they_are_encoded() -> None:
    (found,) = batches(ALONE, network_train_unet_only=False).step(0)
    assert found.hidden is None


def test_a_dropped_caption_is_the_empty_text() -> None:
    empty = CachedText(key=digest_bytes(b"e"), shard=SHARD, row=999, crc32c=0)
    (found,) = batches(ALONE, caption_dropout_rate=1.0, empty_text=empty).step(0)
    assert found.hidden is not None
    assert found.texts == ("", "")
    assert set(found.hidden.flatten().tolist()) == {999.0}


def test_accumulated_batches_are_a_step() -> None:
    whole = batches(ALONE, train_batch_size=4).step(0)[0].latents
    parts = [found.latents for found in batches(ALONE, gradient_accumulation_steps=2).step(0)]
    assert len(parts) == 2
    assert torch.equal(torch.cat(parts), whole)


def test_a_dataset_may_have_batches_of_its_own() -> None:
    entries = {"cats": EntrySpec(train_batch_size=3)}
    assert len(batches(ALONE, entries=entries).step(0)[0].latents) == 3


def test_as_many_ranks_train_as_were_planned() -> None:
    with pytest.raises(InvalidInputError, match="2 processes train what was planned for 1"):
        batches(Share(rank=0, num_ranks=2))


def same(one: MicroBatch, other: MicroBatch) -> bool:
    names = ("latents", "noise", "timesteps", "weights")
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in names)
