from bakehouse.schedule.turns import Turn, turns


def test_turns_tell_a_sample_from_itself() -> None:
    found = list(turns([1, 0, 1], [b"a", b"b"], seed=1, epoch=2, number=3))
    assert [(turn.sample, turn.occurrence) for turn in found] == [(b"b", 0), (b"a", 0), (b"b", 1)]
    assert len({turn.bits("noise") for turn in found}) == 3


def test_what_a_turn_draws_depends_on_all_of_it() -> None:
    first = Turn(seed=1, epoch=2, batch=3, sample=b"a")
    others = [
        Turn(seed=2, epoch=2, batch=3, sample=b"a"),
        Turn(seed=1, epoch=3, batch=3, sample=b"a"),
        Turn(seed=1, epoch=2, batch=4, sample=b"a"),
        Turn(seed=1, epoch=2, batch=3, sample=b"b"),
        Turn(seed=1, epoch=2, batch=3, sample=b"a", occurrence=1),
    ]
    assert first.bits("x") not in {first.bits("y"), *(other.bits("x") for other in others)}
    assert 0 <= first.uniform("x") < 1
