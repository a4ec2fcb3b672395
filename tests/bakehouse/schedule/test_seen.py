from decimal import Decimal

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.schedule.options import EntryOptions, RunOptions
from bakehouse.schedule.seen import RunLength, RunSeen, run_seen

PICTURES = {("cats", "64x64"): 6, ("cats", "96x64"): 1, ("prior", "64x64"): 5}
ENTRIES = {"cats": EntryOptions(repeats=Decimal("0.5"))}


def seen(length: RunLength, **run: int) -> RunSeen:
    return run_seen(RunOptions(train_batch_size=4, **run), ENTRIES, PICTURES, length)  # type: ignore[arg-type]  # all are numbers


def test_buckets_are_told_with_their_pads() -> None:
    small, wide = seen(RunLength(max_train_epochs=1)).buckets
    assert (small.name, small.entries, small.num_pictures) == ("64x64", ("cats", "prior"), 11)
    assert (small.num_seen, small.num_steps, small.step_size, small.num_pads) == (14, 4, 4, 2)
    assert (wide.num_seen, wide.num_steps, wide.num_pads) == (1, 1, 3)


def test_entries_are_told_by_epoch_and_by_run() -> None:
    found = seen(RunLength(max_train_epochs=10))
    assert (found.steps_of_first_epoch, found.num_steps, found.num_epochs) == (5, 50, 10)
    assert [(entry.name, entry.num_pictures, entry.times_an_epoch) for entry in found.entries] == [
        ("cats", 7, 1.5),
        ("prior", 5, 1.0),
    ]
    assert [entry.times_a_run for entry in found.entries] == [pytest.approx(15), pytest.approx(10)]


def test_a_run_may_end_within_an_epoch() -> None:
    found = seen(RunLength(max_train_steps=12))
    assert (found.num_steps, found.num_epochs) == (12, 3)
    assert found.entries[1].times_a_run == pytest.approx(2.4)


def test_of_a_long_run_not_all_is_counted() -> None:
    found = seen(RunLength(max_train_epochs=100_000))
    assert found.entries[1].times_a_run == pytest.approx(100_000)


def test_windows_count() -> None:
    entries = {"cats": EntryOptions(), "prior": EntryOptions(end_epoch=2)}
    found = run_seen(RunOptions(train_batch_size=4), entries, PICTURES, RunLength(max_train_epochs=8))
    assert [entry.times_a_run for entry in found.entries] == [pytest.approx(8), pytest.approx(2)]


def test_pads_of_the_first_epoch_are_of_what_it_draws_from() -> None:
    length = RunLength(max_train_epochs=8)
    assert seen(length).pads_of_first_epoch == 5
    entries = {"cats": EntryOptions(start_epoch=2), "prior": EntryOptions()}
    found = run_seen(RunOptions(train_batch_size=4), entries, PICTURES, length)
    assert (found.steps_of_first_epoch, found.pads_of_first_epoch) == (2, 3)


def test_an_entry_that_is_never_drawn_from_is_seen_0_times() -> None:
    entries = {"cats": EntryOptions(), "prior": EntryOptions(probability=Decimal(0))}
    found = run_seen(RunOptions(), entries, PICTURES, RunLength(max_train_steps=8))
    assert (found.entries[1].times_a_run, found.entries[1].num_pictures) == (0, 5)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"96x64 of cats: 1 pictures, seen 1\.5 times"):
        run_seen(
            RunOptions(train_batch_size=4, underfilled="error"),
            ENTRIES,
            PICTURES,
            RunLength(max_train_steps=1),
        )
