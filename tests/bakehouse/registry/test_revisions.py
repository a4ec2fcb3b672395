from bakehouse.blobs.directory import DirectoryStore
from bakehouse.registry.revisions import Candidate, ResourceRef, Revisions

REF = ResourceRef(project="p", kind="job", id="j")


def test_nothing_was_written(revisions: Revisions) -> None:
    assert revisions.latest(REF) is None
    assert list(revisions.all()) == []


def test_the_highest_version_is_the_latest(revisions: Revisions) -> None:
    for version in (1, 10, 9):
        revisions.write(REF, Candidate(version=version, data=str(version).encode()))
    assert revisions.latest(REF) == b"10"


def test_of_two_candidates_the_one_of_higher_rank_counts(revisions: Revisions) -> None:
    for rank in (2, 3, 1):
        revisions.write(REF, Candidate(version=4, rank=rank, data=str(rank).encode()))
    assert revisions.latest(REF) == b"3"


def test_a_candidate_that_lost_is_removed(revisions: Revisions) -> None:
    revisions.write(REF, Candidate(version=1, data=b"1"))
    revisions.remove(revisions.write(REF, Candidate(version=2, data=b"2")))
    assert revisions.latest(REF) == b"1"


def test_all_resources_of_all_projects(revisions: Revisions, store: DirectoryStore) -> None:
    refs = [
        ResourceRef(project=project, kind=kind, id=name)
        for project in ("a", "a-b", "b")
        for kind in ("job", "project")
        for name in ("x", "x-y")
    ]
    for ref in refs:
        revisions.write(ref, Candidate(version=1, data=b"old"))
        revisions.write(ref, Candidate(version=2, data=ref.key.encode()))
    store.put("a/blobs/x", [b"no resource"], size_bytes=11)
    found = dict(revisions.all())
    assert found == {ref: ref.key.encode() for ref in refs}
