"""What was made of which manifest."""

from bakehouse.digest import Digest
from bakehouse.jobs.record import JobState
from gateway.snapshots.derived import DerivedListing
from tests.gateway.bakes import digest, job

SNAPSHOT, CAPTIONS = digest("snapshot blob"), digest("captions blob")


def names(listing: DerivedListing, manifest: Digest) -> list[str]:
    return [derived.job for derived in listing.of("p", manifest)]


def test_what_is_made_of_what_was_made_is_found_too() -> None:
    listing = DerivedListing()
    for slot, source in (("texts", CAPTIONS), ("captions", SNAPSHOT), ("latents", SNAPSHOT)):
        listing.note(job(slot, inputs={"source": source}))
    assert names(listing, SNAPSHOT) == ["b-captions", "b-latents", "b-texts"]
    assert names(listing, CAPTIONS) == ["b-texts"]
    assert names(listing, digest("nothing")) == []
    assert list(listing.of("q", SNAPSHOT)) == []


def test_a_training_has_its_adapters() -> None:
    listing = DerivedListing()
    listing.note(job("train", inputs={"snapshot": SNAPSHOT, "captions": CAPTIONS}))
    (run,) = listing.of("p", SNAPSHOT)
    assert (run.is_training, run.manifest, len(run.adapters)) == (True, None, 2)


def test_what_is_not_done_has_made_nothing() -> None:
    listing = DerivedListing()
    listing.note(job("captions-plan", inputs={"snapshot": SNAPSHOT}))
    listing.note(job("latents", inputs={"snapshot": SNAPSHOT}, state=JobState.RUNNING, result=None))
    listing.note(job("snapshot"))
    assert names(listing, SNAPSHOT) == []
