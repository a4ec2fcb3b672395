"""What lists are served from."""

import asyncio
import uuid
from dataclasses import replace

import pytest

from bakehouse.blobs.directory import DirectoryStore
from bakehouse.errors import InvalidInputError, UnavailableError
from bakehouse.jetstream.bucket import Bucket
from bakehouse.jetstream.connection import Connection
from bakehouse.jobs.record import JobRecord, JobState
from bakehouse.jobs.records import JobRecords
from bakehouse.registry.records import Registry, Resource
from bakehouse.registry.revisions import Revisions
from bakehouse.rpc.paging import PageTokens
from gateway.listings import JobFilter, JobListing, Listings, ProjectListing
from gateway.pages import PageWish
from tests.gateway.records import record

TOKENS = PageTokens(b"k" * 32)


def project(name: str, version: int = 1) -> Resource:
    return Resource(project=name, kind="project", id=name, version=version, body={})


def listing_of(*projects: str) -> ProjectListing:
    listing = ProjectListing(TOKENS)
    for name in projects:
        listing.note(project(name))
    return listing


def ids(listing: ProjectListing, size: int, token: str = "") -> tuple[list[str], str]:
    page = listing.page(PageWish(size=size, token=token), visible=lambda name: name != "secret")
    return [resource.id for resource in page.entries], page.next


def test_projects_are_listed_by_name_as_far_as_they_may_be_seen() -> None:
    assert ids(listing_of("c", "a", "secret", "b"), 10) == (["a", "b", "c"], "")


def test_a_page_ends_where_the_next_begins() -> None:
    listing = listing_of("a", "b", "c", "secret")
    first, token = ids(listing, 2)
    assert (first, ids(listing, 2, token)) == (["a", "b"], (["c"], ""))


def test_a_project_that_comes_between_is_not_missed() -> None:
    listing = listing_of("a", "b", "d")
    _, token = ids(listing, 2)
    listing.note(project("c"))
    assert ids(listing, 2, token)[0] == ["c", "d"]


def test_of_two_revisions_the_higher_stays() -> None:
    listing = ProjectListing(TOKENS)
    for version in (1, 3, 2):
        listing.note(project("a", version))
    assert listing.page(PageWish(), visible=lambda _: True).entries[0].version == 3


def jobs_of(*records: JobRecord) -> JobListing:
    listing = JobListing(TOKENS)
    for one in records:
        listing.note(one)
    return listing


def all_pages(listing: JobListing, chosen: JobFilter, size: int) -> list[str]:
    found, token = [], ""
    while True:
        page = listing.page("p", chosen, PageWish(size=size, token=token))
        found += [one.job for one in page.entries]
        token = page.next
        if not token:
            return found


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_jobs_are_listed_newest_first_on_pages_of_any_size(size: int) -> None:
    listing = jobs_of(*(record(f"j{n}", created=n // 2) for n in range(7)))
    assert all_pages(listing, JobFilter(), size) == [f"j{n}" for n in reversed(range(7))]


def test_jobs_of_another_project_are_not_listed() -> None:
    listing = jobs_of(record("a"), record("b", project="other"))
    assert all_pages(listing, JobFilter(), 10) == ["a"]


def test_jobs_are_chosen_by_state_and_kind() -> None:
    done = replace(record("b"), state=JobState.SUCCEEDED)
    listing = jobs_of(record("a"), done, record("c", kind="toy.fry"))
    assert all_pages(listing, JobFilter(state=JobState.SUCCEEDED), 1) == ["b"]
    assert all_pages(listing, JobFilter(kind="toy.fry"), 1) == ["c"]
    assert all_pages(listing, JobFilter(state=JobState.SUCCEEDED, kind="toy.fry"), 1) == []


def test_progress_of_the_same_revision_counts_and_an_older_one_does_not() -> None:
    listing = jobs_of(record("a", version=2), replace(record("a", version=2), done_items=5), record("a"))
    (found,) = listing.page("p", JobFilter(), PageWish()).entries
    assert (found.version, found.done_items) == (2, 5)


def test_a_page_of_large_records_is_a_short_one() -> None:
    large = {"text": "x" * 60_000}
    listing = jobs_of(*(replace(record(f"j{n}", created=n), result=large) for n in range(20)))
    assert len(listing.page("p", JobFilter(), PageWish(size=1000)).entries) < 20
    assert len(all_pages(listing, JobFilter(), 1000)) == 20


@pytest.mark.parametrize("chosen", [JobFilter(kind="toy.bake"), JobFilter(state=JobState.QUEUED)])
def test_a_page_token_belongs_to_its_filter(chosen: JobFilter) -> None:
    listing = jobs_of(record("a"), record("b"))
    token = listing.page("p", JobFilter(), PageWish(size=1)).next
    with pytest.raises(InvalidInputError, match="page_token"):
        listing.page("p", chosen, PageWish(token=token))


def test_a_page_token_belongs_to_its_project() -> None:
    listing = jobs_of(record("a"), record("b"))
    token = listing.page("p", JobFilter(), PageWish(size=1)).next
    with pytest.raises(InvalidInputError, match="page_token"):
        listing.page("q", JobFilter(), PageWish(token=token))


async def followed(connection: Connection, names: list[str]) -> tuple[list[str], list[str]]:
    """The projects among `names`, and the jobs of the first of them, as they are found on NATS."""
    listings = Listings(connection, TOKENS)
    follows = listings.follows()
    tasks = [asyncio.create_task(work) for work in follows]
    try:
        await listings.complete(within_s=10)
        found = [name for name in names if listings.projects.has(name)]
        jobs = listings.jobs.page(names[0], JobFilter(), PageWish()).entries
        return found, [one.job for one in jobs]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_what_is_on_nats_is_found_and_nothing_stops_at_what_is_not_understood(
    connection: Connection, store: DirectoryStore
) -> None:
    revisions = Revisions(store)
    name = f"p{uuid.uuid4().hex[:8]}"
    await Registry(connection, revisions).create(project(name))
    await JobRecords(connection, revisions).create(record("j", project=name))
    await Bucket(connection, "jobs").create(f"{name}.job.broken", b"{}")
    await Bucket(connection, "registry").create(f"{name}x.project.{name}x", b'{"schema":99}')
    await Bucket(connection, "registry").create(f"{name}.upload.u", b"no project")
    assert await followed(connection, [name, f"{name}x"]) == ([name], ["j"])


async def test_a_listing_that_does_not_come_is_an_error(connection: Connection) -> None:
    with pytest.raises(UnavailableError, match="could not be read"):
        await Listings(connection, TOKENS).complete(within_s=0.05)
