"""Which job follows which, as a table."""

from dataclasses import replace
from typing import Any

import pytest

from bakehouse.canonical_json import Json
from bakehouse.errors import CorruptionError
from bakehouse.jobs.record import JobRecord, JobState
from gateway.pipelines.steps import Baking, Ending, Mode, Order, Step, next_step, stages_of
from tests.gateway.bakes import BASE, PICS, TAGGER, baking, digest, failed, job, jobs, planned, running

ALL = ("register", "snapshot", "captions", "latents", "texts", "train")


def step_of(wish: Baking, found: dict[str, JobRecord]) -> Step:
    return next_step(wish, found, alignment=16 if "register" in found else None)


def slots(wish: Baking, found: dict[str, JobRecord]) -> list[str]:
    return [order.slot for order in step_of(wish, found | CHECKED).orders]


CHECKED = jobs("train-check")


def order_of(wish: Baking, slot: str, found: dict[str, JobRecord]) -> Order:
    return next(order for order in step_of(wish, found).orders if order.slot == slot)


BUCKET: Json = {"type": "aws", "bucket": "b"}
SOURCED: dict[str, Any] = {"datasets": [{"id": "pics", "source": BUCKET}]}
UNTAGGED: dict[str, Any] = {"captioning": None}
TUNED: dict[str, Any] = {"training": {"max_train_steps": 10, "network_train_unet_only": False}}

BAKES = [
    ({}, {}, ["register"]),
    ({}, jobs(register=running("register")), []),
    ({}, jobs("register"), ["snapshot"]),
    ({}, jobs("register", "snapshot"), ["captions", "latents"]),
    ({}, jobs("register", "snapshot", "captions", latents=running("latents")), ["texts"]),
    ({}, jobs("register", "snapshot", "latents", captions=running("captions")), []),
    ({}, jobs("register", "snapshot", "captions", "texts", latents=running("latents")), []),
    ({}, jobs("register", "snapshot", "captions", "latents", "texts"), ["train"]),
    (SOURCED, {}, ["register", "ingest"]),
    (SOURCED, jobs("register", ingest=running("ingest")), []),
    (SOURCED, jobs("register", "ingest"), ["snapshot"]),
    (UNTAGGED, jobs("register", "snapshot"), ["latents", "texts"]),
    (UNTAGGED, jobs("register", "snapshot", "latents", "texts"), ["train"]),
    (TUNED, jobs("register", "snapshot", "captions", "latents"), ["train"]),
]


@pytest.mark.parametrize(("changes", "found", "expected"), BAKES)
def test_what_has_its_tables_runs(
    changes: dict[str, Any], found: dict[str, JobRecord], expected: list[str]
) -> None:
    assert slots(baking(**changes), found) == expected


PLANS = [
    ({}, ["register"]),
    (jobs("register", "snapshot"), ["captions-plan", "latents-plan"]),
    # Something is to be computed: what is behind it can't be planned.
    (
        jobs(
            "register",
            "snapshot",
            **{"captions-plan": planned("captions", 2), "latents-plan": planned("latents", 2)},
        ),
        [],
    ),
    # All is there already: it is run for its manifest.
    (
        jobs(
            "register",
            "snapshot",
            **{"captions-plan": planned("captions", 0), "latents-plan": planned("latents", 2)},
        ),
        ["captions"],
    ),
    (
        jobs(
            "register",
            "snapshot",
            "captions",
            "latents",
            "texts",
            **{f"{name}-plan": planned(name, 0) for name in ("captions", "latents", "texts")},
        ),
        ["train-plan"],
    ),
    (jobs(*ALL[:5], **{f"{name}-plan": planned(name, 0) for name in ALL[2:]}), []),
]


@pytest.mark.parametrize(("found", "expected"), PLANS)
def test_a_plan_runs_what_costs_nothing(found: dict[str, JobRecord], expected: list[str]) -> None:
    wish = baking(Mode.PLAN)
    assert slots(wish, found) == expected
    if not expected:
        assert step_of(wish, found | CHECKED).ending == Ending(state=JobState.SUCCEEDED)


@pytest.mark.parametrize("mode", list(Mode))
def test_what_training_is_asked_is_checked_before_anything_is_computed(mode: Mode) -> None:
    wish = baking(mode, training={"max_train_steps": 10})
    assert [order.slot for order in step_of(wish, {}).orders] == ["register"]
    check, snapshot = step_of(wish, jobs("register")).orders
    assert (check.slot, check.kind, check.plan_only, check.inputs) == (
        "train-check",
        "trainer.check",
        True,
        {},
    )
    assert check.spec == {
        "max_train_steps": 10,
        "base_model": MODEL,
        "entries": {"pics": {"repeats": 3, "prior": False}},
    }
    assert snapshot.slot == "snapshot"


def test_a_check_that_fails_ends_it_in_the_name_of_its_stage() -> None:
    found = jobs("register", **{"train-check": failed("train-check", "no such optimizer")})
    ending = step_of(baking(), found).ending
    assert ending == Ending(state=JobState.FAILED, stage="train", job=found["train-check"])


def test_a_check_that_is_not_over_is_waited_for() -> None:
    assert step_of(baking(), jobs(*ALL, **{"train-check": running("train-check")})) == Step()


def test_all_jobs_done_are_the_end() -> None:
    assert step_of(baking(), jobs(*ALL) | CHECKED) == Step(ending=Ending(state=JobState.SUCCEEDED))


def test_a_failure_ends_it_and_counts_more_than_a_cancellation() -> None:
    cancelled = job("captions", state=JobState.CANCELLED, result=None)
    found = jobs("register", "snapshot", captions=cancelled, latents=failed("latents"))
    assert step_of(baking(), found).ending == Ending(
        state=JobState.FAILED, stage="latents", job=found["latents"]
    )
    ending = step_of(baking(), jobs("register", "snapshot", captions=cancelled)).ending
    assert ending == Ending(state=JobState.CANCELLED, stage="captions", job=cancelled)


def test_a_stage_that_failed_while_it_was_planned_is_named_by_itself() -> None:
    broken = replace(planned("latents", 0), state=JobState.FAILED)
    ending = step_of(baking(Mode.PLAN), {"latents-plan": broken}).ending
    assert ending is not None
    assert ending.stage == "latents"


MODEL, EMPTY = digest("model"), {"key": digest("empty"), "row": 0}
ENTRY = {"id": "pics", "listing": PICS, "repeats": 3}
SPECS = [
    ("register", (), {"files": BASE}),
    ("snapshot", ("register",), {"entries": [ENTRY], "alignment": 16}),
    ("captions", ALL[:2], {"tagger": TAGGER, "entries": {}, "default": {}}),
    ("latents", ALL[:2], {"base_model": MODEL, "dtype": "float32"}),
    ("texts", ALL[:3], {"base_model": MODEL, "dtype": "float32", "dropout": True, "clip_skip": 2}),
    (
        "train",
        ALL[:5],
        {
            "max_train_steps": 10,
            "clip_skip": 2,
            "fresh": "once more",
            "empty_text": EMPTY,
            "base_model": MODEL,
            "entries": {"pics": {"repeats": 3, "prior": False}},
        },
    ),
]


@pytest.mark.parametrize(("stage", "done", "spec"), SPECS)
def test_each_stage_is_asked_what_the_contract_says(stage: str, done: tuple[str, ...], spec: object) -> None:
    assert order_of(baking(fresh="once more"), stage, jobs(*done)).spec == spec


def test_what_a_dataset_says_of_its_schedule_is_passed_on() -> None:
    said = {"probability": "0.5", "start_epoch": 2, "slider_strength": "-1", "train_batch_size": 3}
    entries = [{"id": "cats", "listing": PICS, "repeats": "1.5", "resolution": "64", **said}]
    order = order_of(baking(datasets=entries), "train", jobs(*ALL[:5]))
    assert order.spec["entries"] == {"cats": {"repeats": "1.5", "prior": False, **said}}


def test_repeats_that_are_not_given_are_left_out_where_they_may_be_raised() -> None:
    entries = [{"id": "a", "listing": PICS}, {"id": "b", "listing": PICS, "repeats": 0}]
    training = {"max_train_steps": 10, "allow_dataset_oversubscription": True}
    order = order_of(baking(datasets=entries, training=training), "train", jobs(*ALL[:5]))
    assert order.spec["entries"] == {"a": {"prior": False}, "b": {"repeats": 0, "prior": False}}


def test_inputs_are_manifests() -> None:
    snapshot, captions = digest("snapshot blob"), digest("captions blob")
    assert order_of(baking(), "captions", jobs(*ALL[:2])).inputs == {"snapshot": snapshot}
    assert order_of(baking(), "texts", jobs(*ALL[:3])).inputs == {"captions": captions}
    assert order_of(baking(), "train", jobs(*ALL[:5])).inputs == {
        "snapshot": snapshot,
        "captions": captions,
        "latents": digest("latents blob"),
        "texts": digest("texts blob"),
    }


def test_without_a_tagger_the_snapshot_has_the_captions() -> None:
    found = jobs("register", "snapshot", "latents", "texts")
    inputs = order_of(baking(captioning=None), "train", found).inputs
    assert inputs["captions"] == inputs["snapshot"]


def test_texts_are_not_cached_where_their_encoder_is_trained() -> None:
    assert "texts" not in [stage.name for stage in stages_of(baking(**TUNED).recipe)]
    order = order_of(baking(**TUNED), "train", jobs(*ALL[:4]))
    assert ("texts" in order.inputs, "empty_text" in order.spec) == (False, False)


def test_prior_pictures_are_told_to_the_trainer() -> None:
    entry: Json = {"id": "reg", "listing": PICS, "is_regularisation_data": True}
    order = order_of(baking(datasets=[entry]), "train", jobs(*ALL[:5]))
    assert order.spec["entries"] == {"reg": {"repeats": 0, "prior": True}}


@pytest.mark.parametrize(("stage", "result"), [("snapshot", {"counts": {}}), ("register", {"manifest": 1})])
def test_a_result_that_is_none_is_not_passed_on(stage: str, result: dict[str, object]) -> None:
    found = {**jobs("register", "snapshot"), stage: job(stage, result=result)}
    with pytest.raises(CorruptionError, match=f"stage {stage} gave no"):
        step_of(baking(), found)


def test_a_source_is_ingested_and_its_listing_goes_into_the_snapshot() -> None:
    wish = baking(**SOURCED)
    assert order_of(wish, "ingest", {}).spec == {"sources": {"pics": BUCKET}}
    order = order_of(wish, "snapshot", jobs("register", "ingest"))
    assert order.spec["entries"] == [{"id": "pics", "listing": PICS}]


def test_a_plan_lists_a_source_and_fetches_nothing() -> None:
    wish = baking(Mode.PLAN, **SOURCED)
    assert slots(wish, {}) == ["register", "ingest-plan"]
    assert slots(wish, jobs("register", **{"ingest-plan": planned("ingest", 3)})) == []
    assert slots(wish, jobs("register", **{"ingest-plan": planned("ingest", 0)})) == ["ingest"]


URLS = {"type": "csv", "table": digest("urls")}
DECLARED: dict[str, Any] = {"datasets": [{"id": "pics", "source": URLS}]}
JOINED: dict[str, Any] = {
    "datasets": [
        {"id": "pics", "listing": PICS, "table": digest("sizes"), "metadata_backend": "parquet"},
    ]
}


def test_a_plan_surveys_what_a_table_declares_and_opens_nothing() -> None:
    wish = baking(Mode.PLAN, **JOINED)
    assert slots(wish, jobs("register")) == ["survey", "snapshot-plan"]
    assert order_of(wish, "survey", jobs("register")).spec["entries"] == JOINED["datasets"]
    planned_only = jobs("register", "survey", **{"snapshot-plan": planned("snapshot", 9)})
    assert slots(wish, planned_only) == []
    assert step_of(wish, planned_only | CHECKED).ending == Ending(state=JobState.SUCCEEDED)
    known = jobs("register", "survey", **{"snapshot-plan": planned("snapshot", 0)})
    assert slots(wish, known) == ["snapshot"]


def test_a_list_of_urls_is_surveyed_before_it_is_fetched() -> None:
    wish = baking(Mode.PLAN, **DECLARED)
    assert slots(wish, {}) == ["register", "ingest-plan"]
    found = jobs("register", **{"ingest-plan": planned("ingest", 3)})
    assert slots(wish, found) == ["survey"]
    assert order_of(wish, "survey", found).spec["entries"] == DECLARED["datasets"]


def test_baking_surveys_nothing() -> None:
    assert slots(baking(**JOINED), jobs("register")) == ["snapshot"]
