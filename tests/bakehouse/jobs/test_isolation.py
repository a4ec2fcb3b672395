from dataclasses import replace

from bakehouse.jobs.failures import FailureClass, UnitFailure
from bakehouse.jobs.isolation import Isolation, Piece

PIECE = ("a", "b", "c", "d")


def crash(isolation: Isolation, piece: Piece) -> UnitFailure | None:
    return isolation.died(piece, failure_class=FailureClass.CRASH, reason="SIGSEGV")


def test_one_death_is_an_accident() -> None:
    isolation = Isolation()
    crash(isolation, PIECE)
    assert isolation.trial() == replace(Isolation().trial(), is_careful=True)


def test_two_deaths_at_a_piece_put_its_items_on_trial_alone() -> None:
    isolation = Isolation()
    crash(isolation, PIECE)
    crash(isolation, PIECE)
    assert isolation.trial().probe == PIECE


def test_the_killer_is_left_out_and_the_others_are_probed_on() -> None:
    isolation = Isolation()
    crash(isolation, PIECE)
    crash(isolation, PIECE)
    crash(isolation, ("b",))
    trial = isolation.trial()
    assert ([f.item for f in trial.excluded], trial.probe) == (["b"], ("a", "c", "d"))
    isolation.survived_probe()
    assert isolation.trial().probe == ()
    assert isolation.trial().batch_limit is None


def test_items_that_kill_only_together_are_parted() -> None:
    isolation = Isolation()
    crash(isolation, PIECE)
    crash(isolation, PIECE)
    isolation.survived_probe()
    assert (isolation.trial().batch_limit, isolation.trial().excluded) == (2, ())


def test_a_single_item_is_left_out_at_its_second_death() -> None:
    isolation = Isolation()
    crash(isolation, ("a",))
    assert isolation.trial().excluded == ()
    crash(isolation, ("a",))
    assert [f.item for f in isolation.trial().excluded] == ["a"]


def test_memory_halves_the_batch_until_the_item_alone_is_too_large() -> None:
    isolation = Isolation()
    isolation.out_of_memory(PIECE, reason="out of memory")
    assert isolation.trial().batch_limit == 2
    isolation.out_of_memory(("a", "b"), reason="out of memory")
    assert isolation.trial().batch_limit == 1
    isolation.out_of_memory(("a",), reason="out of memory")
    (failure,) = isolation.trial().excluded
    assert (failure.item, failure.failure_class) == ("a", FailureClass.MEMORY)


def test_deaths_outside_all_items_fail_the_unit_at_the_third() -> None:
    isolation = Isolation()
    assert [crash(isolation, ()) for _ in range(2)] == [None, None]
    assert crash(isolation, ()) == UnitFailure(failure_class=FailureClass.CRASH, reason="SIGSEGV")
