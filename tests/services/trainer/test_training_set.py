from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from bakehouse.cache.shards import IndexEntry
from bakehouse.digest import digest_bytes
from bakehouse.errors import StateError
from bakehouse.schedule.places import Calendar
from services.trainer.training_set import (
    TrainingSample,
    TrainingSet,
    data_facts,
    plan_schedule,
    sizes_of,
)
from services.trainer.training_spec import EntrySpec, TrainingSpec

PLACE = IndexEntry(key=digest_bytes(b"k"), shard=digest_bytes(b"s"), row=0, crc32c=0)
SPEC = TrainingSpec(
    base_model="a" * 64,
    max_train_steps=1,
    train_batch_size=2,
    num_processes=2,
    entries={"old": EntrySpec(prior=True), "cats": EntrySpec(repeats=Decimal(2))},
)


def sample(name: str, entry: str, *sizes: tuple[int, int]) -> TrainingSample:
    return TrainingSample(
        entry=entry,
        buckets=sizes,
        latents=(PLACE,) * len(sizes),
        captions=(f"red, {name}", "another"),
    )


DATA = TrainingSet(
    samples=[sample("a", "cats", (64, 64), (96, 64)), sample("b", "old", (96, 64), (64, 64), (32, 32))]
)


def test_what_a_sample_is_has_no_place_in_it() -> None:
    here = sample("a", "cats", (64, 64))
    there = replace(here, latents=(replace(PLACE, shard=digest_bytes(b"other"), row=7),))
    assert there.content == here.content
    others = [
        replace(here, entry="dogs"),
        replace(here, latents=(replace(PLACE, key=digest_bytes(b"other")),)),
        replace(here, captions=("blue",)),
    ]
    assert len({one.content for one in (here, *others)}) == 4


def test_cached_texts_change_the_key_of_a_set_and_no_noise() -> None:
    bare = TrainingSet(samples=[sample("a", "cats", (64, 64))])
    cached = TrainingSet(samples=[replace(bare.samples[0], texts=(PLACE,))])
    assert cached.ids() == bare.ids()
    assert cached.key != bare.key


def test_equal_samples_are_told_apart_by_number() -> None:
    one, other = sample("a", "cats", (64, 64)), sample("b", "cats", (64, 64))
    found = TrainingSet(samples=[one, other, one, one])
    assert len(set(found.ids())) == 4
    assert found.ids()[:2] == [one.content, other.content]
    assert found.key != DATA.key


def test_the_schedule_knows_buckets_by_number_and_as_many_draws_as_all_have() -> None:
    plan = plan_schedule(DATA, SPEC)
    assert plan.buckets == [[1, 2], [2, 1]]
    assert plan.entries == [0, 1]
    assert [(entry.name, entry.passes, entry.batch_size) for entry in plan.terms.entries] == [
        ("cats", Fraction(3), 2),
        ("old", Fraction(1), 2),
    ]
    assert (plan.terms.num_ranks, plan.terms.bucket_name(2)) == (2, "96x64")


def test_sizes_are_those_of_all_draws() -> None:
    assert sizes_of(DATA) == [(32, 32), (64, 64), (96, 64)]


def test_metadata_counts_folders_buckets_and_tags() -> None:
    plan = plan_schedule(DATA, SPEC)
    facts = data_facts(DATA, SPEC, Calendar(plan.terms, plan.counts()))
    assert facts.num_batches_per_epoch == 2
    assert [(f.name, f.is_prior, f.num_images, f.num_passes) for f in facts.folders] == [
        ("cats", False, 1, Fraction(3)),
        ("old", True, 1, Fraction(1)),
    ]
    assert facts.buckets == [(64, 64, 3), (96, 64, 1)]
    assert facts.tag_frequency == {"cats": {"red": 1, "a": 1}, "old": {"red": 1, "b": 1}}


def test_nothing_to_train_on_is_refused_with_the_reasons() -> None:
    with pytest.raises(StateError, match=r"2 without latents.*add some"):
        TrainingSet(samples=[], left_out={"without latents": 2})
