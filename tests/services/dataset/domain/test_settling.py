from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.manifest.identity import sample_id
from services.dataset.domain.duplicates import DuplicateRules, ExactPolicy, NearPolicy, judge
from services.dataset.domain.gathering import Gathering
from services.dataset.domain.probe import NoPicture
from services.dataset.domain.sample import Found, TextFile
from services.dataset.domain.settling import Settling, names_of
from tests.services.dataset.domain.sampling import PICTURE, found, rows_of

BEST = DuplicateRules(near=NearPolicy.KEEP_BEST)
BROKEN = NoPicture(reason="broken", detail="cut off")

Tables = dict[str, list[dict[str, Any]]]


def picture(name: str, look: int = 0, said: str = "", *, data: str = "", edge: int = 80) -> Found:
    probe = replace(PICTURE, width=edge, height=edge, phash=f"{look:016x}", dhash=f"{look:016x}")
    text = TextFile(data=said.encode() or None)
    return found(name, probe, text, data=data.encode())


def settled(pieces: Sequence[Sequence[Found]], rules: DuplicateRules) -> Tables:
    gathering = Gathering()
    gathering.begin(rules, 0)
    rows = [rows_of(*files) for files in pieces]
    start, captions = 0, []
    for piece in rows:
        gathering.add(piece.samples, piece.said)
        at = pa.array([int(str(place)) + start for place in piece.captions["at"].to_pylist()], pa.int64())
        captions.append(piece.captions.set_column(piece.captions.schema.get_field_index("at"), "at", at))
        start += piece.num_kept
    pictures = gathering.all()
    verdict = judge(pictures)
    settling = Settling(pictures, verdict)
    samples = [piece.samples for piece in rows]
    tables = {
        "samples": settling.samples(samples, names_of(samples, verdict)),
        "buckets": settling.buckets([piece.buckets for piece in rows]),
        "captions": settling.captions(captions, captions),
    }
    return {name: [row for batch in batches for row in batch.to_pylist()] for name, batches in tables.items()}


def test_a_duplicate_is_set_aside_with_its_reason_and_has_no_row_elsewhere() -> None:
    pieces = [
        [picture("a.png", said="one", data="x"), found("b.png", BROKEN)],
        [picture("c.png", said="one", data="x"), picture("d.png", 0xFFFF, "two")],
    ]
    found_rows = settled(pieces, DuplicateRules())
    samples = {row["name"]: row for row in found_rows["samples"]}
    assert [row["state"] for row in found_rows["samples"]] == ["kept", "failed", "excluded", "kept"]
    twice = samples["c.png"]
    assert (twice["reason"], twice["duplicate_of"]) == ("exact_duplicate", sample_id("cats", "a.png").hex())
    assert twice["detail"].startswith(
        "it is a.png of dataset cats once more, with the same captions; duplicates: "
    )
    ids = {samples[name]["sample_id"] for name in ("a.png", "d.png")}
    assert {row["sample_id"] for row in found_rows["buckets"]} == ids
    assert {row["sample_id"] for row in found_rows["captions"]} == ids


def test_the_best_gets_the_captions_of_the_others() -> None:
    pieces = [
        [picture("a.png", 1, "two\nmine", edge=64), picture("b.png", 0xFFFF, "far")],
        [picture("c.png", 0, "one\ntwo", edge=96), picture("d.png", 3, "three", edge=80)],
    ]
    rows = settled(pieces, BEST)
    best = sample_id("cats", "c.png")
    kept = [row["name"] for row in rows["samples"] if row["state"] == "kept"]
    assert kept == ["b.png", "c.png"]
    said = [(row["variant"], row["text"]) for row in rows["captions"] if row["sample_id"] == best]
    assert said[:2] == [(0, "one"), (1, "two")]
    assert sorted(text for _, text in said) == ["mine", "one", "three", "two"]
    assert [variant for variant, _ in said] == [0, 1, 2, 3]
    assert len(rows["captions"]) == 5


def test_why_the_best_has_no_caption_stays() -> None:
    unread = replace(picture("a.png", 0, edge=96), text=TextFile(data=b"\xff"))
    (row,) = settled([[unread, picture("b.png", 1, edge=64)]], BEST)["captions"]
    assert (row["sample_id"], row["reason"]) == (sample_id("cats", "a.png"), "not_utf8")
    captions = settled([[unread, picture("b.png", 1, "one", edge=64)]], BEST)["captions"]
    assert [row["text"] for row in captions] == ["one"]


def test_what_is_only_reported_stays_and_names_the_other() -> None:
    rows = settled([[picture("a.png", 0, "one"), picture("b.png", 1, "two")]], DuplicateRules())
    first, second = rows["samples"]
    assert (first["state"], second["state"]) == ("kept", "kept")
    assert (first["duplicate_of"], second["duplicate_of"]).count(None) == 1
    assert (len(rows["buckets"]), len(rows["captions"])) == (2, 2)


PICTURES = st.builds(
    picture,
    st.just("name"),
    st.sampled_from([0, 1, 0xFFFF]),
    st.sampled_from(["", "one", "one\ntwo", "two"]),
    data=st.sampled_from(["x", "y", "z"]),
    edge=st.sampled_from([64, 80]),
)
RULES = st.builds(DuplicateRules, exact=st.sampled_from(ExactPolicy), near=st.sampled_from(NearPolicy))


@given(
    files=st.lists(st.one_of(PICTURES, st.just(found("name", BROKEN))), max_size=10),
    rules=RULES,
    cut=st.integers(0, 10),
)
def test_nothing_is_lost(files: list[Found], rules: DuplicateRules, cut: int) -> None:
    named = [
        replace(file, image=replace(file.image, file=replace(file.image.file, name=f"{number}.png")))
        for number, file in enumerate(files)
    ]
    rows = settled([named[:cut], named[cut:]], rules)
    assert [row["name"] for row in rows["samples"]] == [file.image.file.name for file in named]
    states = [row["state"] for row in rows["samples"]]
    assert states.count("kept") + states.count("excluded") + states.count("failed") == len(named)
    kept = [row["sample_id"] for row in rows["samples"] if row["state"] == "kept"]
    assert [row["sample_id"] for row in rows["buckets"]] == kept
    assert {row["sample_id"] for row in rows["captions"]} <= set(kept)
    said = {row["text"] for row in rows["captions"]}
    every = {line for file in named if file.text.data for line in file.text.data.decode().split("\n")}
    assert said == every
    by_sample = [(row["sample_id"], row["variant"]) for row in rows["captions"]]
    assert len(set(by_sample)) == len(by_sample)
    for row in rows["samples"]:
        assert row["duplicate_of"] is None or bytes.fromhex(row["duplicate_of"]) in kept
