"""What is exact, what is at most, and what nobody can know."""

from bakehouse.jobs.record import JobRecord
from gateway.pipelines.forecast import Forecast, Mark, forecast
from gateway.pipelines.steps import Mode
from tests.gateway.bakes import baking, job, jobs, planned


def marks(
    found: dict[str, JobRecord], *, most_texts: int | None = 9, **changes: object
) -> dict[str, tuple[Mark, int]]:
    told = forecast(baking(Mode.PLAN, **changes), found, most_texts=most_texts)  # type: ignore[arg-type]
    return {entry.stage: (entry.mark, entry.planned_items) for entry in told}


def plans(**items: int) -> dict[str, JobRecord]:
    return {f"{name}-plan": planned(name, number, hits=3) for name, number in items.items()}


NOTHING = (Mark.EXACT, 0)


def test_baking_is_no_plan() -> None:
    assert forecast(baking(), jobs("register"), most_texts=None) == []


def test_what_ran_for_the_plan_has_nothing_left_to_compute() -> None:
    found = {"register": job("register", num_items=1), "snapshot": job("snapshot", num_items=4, num_hits=2)}
    told = forecast(baking(Mode.PLAN), found, most_texts=None)
    assert told[1] == Forecast(stage="snapshot", mark=Mark.EXACT, hit_items=6)


def test_what_was_planned_over_what_is_there_is_exact() -> None:
    done = jobs("register", "snapshot", "captions", "latents", "texts")
    found = {**done, **plans(captions=0, latents=0, texts=0, train=10)}
    assert marks(found) == {**dict.fromkeys(done, NOTHING), "train": (Mark.EXACT, 10)}


def test_what_is_behind_a_miss_is_at_most_or_unknown() -> None:
    found = {**jobs("register", "snapshot"), **plans(captions=2, latents=5)}
    told = forecast(baking(Mode.PLAN), found, most_texts=9)
    assert [(entry.stage, entry.mark, entry.planned_items, entry.reason) for entry in told[2:]] == [
        ("captions", Mark.EXACT, 2, ""),
        ("latents", Mark.EXACT, 5, ""),
        ("texts", Mark.AT_MOST, 9, "captions computes 2 first"),
        (
            "train",
            Mark.AT_MOST,
            10,
            "captions computes 2 first and latents computes 5 first and texts is not known",
        ),
    ]


def test_epochs_and_unread_captions_leave_it_unknown() -> None:
    found = {**jobs("register", "snapshot"), **plans(captions=2, latents=0)}
    told = marks(found, most_texts=None, training={"max_train_steps": 10, "max_train_epochs": 2})
    assert (told["texts"], told["train"]) == ((Mark.UNKNOWN, 0), (Mark.UNKNOWN, 0))


def test_what_is_still_being_planned_is_not_told_yet() -> None:
    assert marks({**jobs("register", "snapshot"), **plans(latents=0)}) == {
        "register": NOTHING,
        "snapshot": NOTHING,
        "latents": NOTHING,
    }


def test_what_is_to_be_fetched_is_exact_and_the_snapshot_behind_it_unknown() -> None:
    found = {**jobs("register"), **plans(ingest=3)}
    datasets = [{"id": "pics", "source": {"type": "aws", "bucket": "b"}}]
    told = forecast(baking(Mode.PLAN, datasets=datasets), found, most_texts=None)
    assert [(entry.stage, entry.mark, entry.planned_items, entry.reason) for entry in told[1:3]] == [
        ("ingest", Mark.EXACT, 3, ""),
        ("snapshot", Mark.UNKNOWN, 0, "ingest fetches 3 first"),
    ]


def test_training_that_goes_on_from_a_checkpoint_is_at_most() -> None:
    found = {**jobs("register", "snapshot", "captions", "latents", "texts"), **plans(train=10)}
    told = forecast(baking(Mode.PLAN), found, most_texts=None, has_checkpoint=True)
    assert (told[-1].mark, told[-1].planned_items) == (Mark.AT_MOST, 10)
    assert told[-1].reason == "it goes on from a checkpoint"
