"""Pipelines and datasets in memory."""

from bakehouse.rpc.paging import PageTokens
from gateway.pages import PageWish
from gateway.pipelines.listing import PipelineFilter, PipelineListing
from gateway.pipelines.record import NamedDataset, Pipeline, PipelineState
from gateway.pipelines.steps import Mode
from tests.gateway.bakes import digest, pipeline, states

OVER = states(PipelineState.QUEUED, PipelineState.CANCELLED)


def listing_of(*pipelines: Pipeline) -> PipelineListing:
    listing = PipelineListing(PageTokens(b"k" * 32))
    for entry in pipelines:
        listing.note(entry)
    return listing


def ids(listing: PipelineListing, **chosen: object) -> list[str]:
    page = listing.page("p", PipelineFilter(**chosen), PageWish())  # type: ignore[arg-type]
    return [entry.resource.id for entry in page.entries]


def test_the_newest_comes_first_and_filters_choose() -> None:
    listing = listing_of(pipeline("a", created=1), pipeline("b", created=2, mode=Mode.PLAN, entered=OVER))
    assert ids(listing) == ["b", "a"]
    assert ids(listing, state=PipelineState.CANCELLED) == ["b"]
    assert ids(listing, mode=Mode.BAKE) == ["a"]
    assert ids(listing_of(pipeline(project="q"))) == []


def test_of_two_revisions_the_higher_stays() -> None:
    newer = pipeline(version=3, stop_requested=True)
    listing = listing_of(pipeline(version=2), newer, pipeline(version=1))
    assert listing.find("p", "b") == newer
    assert listing.find("p", "z") is None


def test_what_is_settled_needs_no_driving() -> None:
    listing = listing_of(pipeline("a"), pipeline("b", entered=OVER, num_announced=1))
    assert [entry.resource.id for entry in listing.unsettled()] == ["a", "b"]
    listing.note(pipeline("b", version=2, entered=OVER, num_announced=2))
    assert [entry.resource.id for entry in listing.unsettled()] == ["a"]


def test_observers_hear_of_what_is_taken() -> None:
    listing, heard = listing_of(pipeline(version=2)), []
    listing.observers.append(lambda entry: heard.append(entry.resource.version))
    for version in (1, 2, 3):
        listing.note(pipeline(version=version))
    assert heard == [2, 3]


def named(name: str, content: str) -> tuple[NamedDataset, ...]:
    return (NamedDataset(id=name, listing=digest(content)),)


def test_a_dataset_is_as_the_newest_pipeline_names_it() -> None:
    listing = listing_of(
        pipeline("new", created=2, datasets=named("Pics_1", "new")),
        pipeline("old", created=1, datasets=named("Pics_1", "old")),
        pipeline("other", created=1, datasets=named("a", "other")),
    )
    found = listing.dataset("p", "Pics_1")
    assert found is not None
    assert (found.listing, found.pipeline) == (digest("new"), "new")
    assert listing.dataset("q", "Pics_1") is None
    first = listing.datasets("p", PageWish(size=1))
    second = listing.datasets("p", PageWish(size=1, token=first.next))
    assert [entry.id for entry in (*first.entries, *second.entries)] == ["Pics_1", "a"]
    assert second.next == ""
