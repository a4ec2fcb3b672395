"""What jobs have made, gathered from their records."""

from dataclasses import replace

from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.rpc.paging import PageTokens
from gateway.artifacts.listing import ArtifactListing
from gateway.pages import PageWish
from tests.gateway.bakes import digest, job, running, table

ALL = PageWish()


def listing_of(*jobs: JobRecord) -> ArtifactListing:
    listing = ArtifactListing(PageTokens(b"k" * 32))
    for record in jobs:
        listing.note(record)
    return listing


def test_each_stage_gives_its_artifacts() -> None:
    listing = listing_of(job("register"), job("snapshot"), job("train"), job("latents"))
    snapshot = listing.snapshot("p", digest("snapshot content"))
    assert snapshot is not None
    assert (snapshot.manifest, snapshot.counts, snapshot.job) == (
        digest("snapshot blob"),
        {"kept": 2},
        "b-snapshot",
    )
    adapter = listing.adapter("p", digest("adapter 2"))
    assert adapter is not None
    assert (adapter.epoch, adapter.step, adapter.is_last) == (2, 10, True)
    assert [entry.epoch for entry in listing.adapters("p", "", ALL).entries] == [2, 1]
    assert [entry.id for entry in listing.base_models("shared", ALL, most=9).entries] == [digest("model")]
    assert [entry.id for entry in listing.runs("p", ALL, most=9).entries] == ["b-train"]


def test_a_snapshot_names_what_it_does_not_use() -> None:
    out = {"entry": "pics", "name": "a.png", "reason": "failed.broken", "detail": "it is cut off"}
    made = replace(job("snapshot"), result={**table("snapshot"), "set_aside": [out]})
    snapshot = listing_of(made).snapshot("p", digest("snapshot content"))
    assert snapshot is not None
    assert [(found.name, found.reason) for found in snapshot.set_aside] == [("a.png", "failed.broken")]


def test_a_run_is_there_before_it_is_over_and_its_adapters_are_not() -> None:
    listing = listing_of(running("train"))
    assert [entry.id for entry in listing.runs("p", ALL, most=9).entries] == ["b-train"]
    assert listing.adapters("p", "", ALL).entries == []


def test_what_is_only_planned_made_nothing() -> None:
    listing = listing_of(job("train-plan"), job("latents-plan"))
    assert listing.runs("p", ALL, most=9).entries == []


def test_of_several_jobs_that_made_one_thing_the_first_counts() -> None:
    early, late = job("train", pipeline="z"), job("train", pipeline="a")
    later = replace(late, transitions=(late.transitions[0], replace(late.transitions[1], time="2027")))
    for order in ((early, later), (later, early)):
        adapter = listing_of(*order).adapter("p", digest("adapter 1"))
        assert adapter is not None
        assert adapter.job == "z-train"


def test_the_adapters_of_one_run_can_be_asked_for() -> None:
    result = {**job("train").result, "adapters": []}  # type: ignore[dict-item]  # it is a table
    listing = listing_of(job("train"), job("train", pipeline="c", result=result))
    assert len(listing.adapters("p", "b-train", ALL).entries) == 2
    assert listing.adapters("p", "c-train", ALL).entries == []


def test_a_result_that_is_none_hides_nothing_else() -> None:
    listing = listing_of(job("snapshot", result=3), job("snapshot", state=JobState.FAILED), job("register"))
    assert listing.snapshots("p", ALL).entries == []
    assert listing.base_model("shared", digest("model")) is not None
    assert listing.base_model("p", digest("model")) is None
