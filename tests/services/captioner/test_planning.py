"""Which pictures are planned, in which units, and what can't be planned at all."""

from pathlib import Path

import pytest

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json
from bakehouse.digest import digest_bytes
from bakehouse.errors import InvalidInputError, NotFoundError
from bakehouse.jobs.plan import PlanReader
from services.captioner.unit import UNIT_WIRE
from tests.services.captioner.bakes import bake, plan
from tests.services.captioner.snapshots import Source
from tests.services.captioner.tiny_tagger import NUM_TAGS, put_tagger, tagger_model


def many(count: int) -> list[Source]:
    return [Source(name=f"{n}.png", data=b"%d" % n) for n in range(count)]


def test_units_are_whole_batches(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    planned = plan(blobs, {"tagger": put_tagger(shared)}, many(150), tmp_path)
    units = [UNIT_WIRE.decode(PlanReader(blobs).unit(planned.digest, n).payload) for n in range(3)]
    assert [len(unit.pictures) for unit in units] == [64, 64, 22]
    assert {unit.num_tags for unit in units} == {NUM_TAGS}
    assert {unit.model for unit in units} == {digest_bytes(tagger_model())}
    assert (planned.header.num_items, planned.header.num_hits) == (150, 0)


def test_equal_pictures_are_planned_once(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    sources = [Source(name=f"{n}.png", data=b"the same") for n in range(5)]
    assert plan(blobs, {"tagger": put_tagger(shared)}, sources, tmp_path).header.num_items == 1


def test_kept_captions_need_nothing(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    sources = [Source(name="a.png", data=b"a", captions=["by hand"]), Source(name="b.png", data=b"b")]
    spec: dict[str, Json] = {"tagger": put_tagger(shared)}
    assert plan(blobs, spec, sources, tmp_path).header.num_items == 1
    append: Json = {**spec, "entries": {"cats": {"existing": "append"}}}
    assert plan(blobs, append, sources, tmp_path).header.num_items == 2


def test_another_model_or_list_computes_anew(blobs: Blobs, shared: Blobs, tmp_path: Path) -> None:
    sources = [Source(name="a.png", data=b"a")]
    _, _ = bake(blobs, {"tagger": put_tagger(shared)}, sources, tmp_path)
    fixed = put_tagger(shared, model=tagger_model(shape=(1, 16, 16, 3)))
    assert plan(blobs, {"tagger": fixed}, sources, tmp_path).header.num_items == 1


@pytest.mark.parametrize(
    ("tag_list", "message"), [(b"name,category\n", "has no tags"), (b"name\na\n", "no column category")]
)
def test_a_tag_list_that_is_none_fails_the_plan(
    blobs: Blobs, shared: Blobs, tmp_path: Path, tag_list: bytes, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        plan(blobs, {"tagger": put_tagger(shared, tag_list=tag_list)}, many(1), tmp_path)


def test_a_tagger_that_is_not_there_fails_the_plan(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="is not in the project shared"):
        plan(blobs, {"tagger": "a" * 64}, many(1), tmp_path)


def test_an_unknown_key_fails_the_plan(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"captions\.taggr: unknown; did you mean tagger"):
        plan(blobs, {"taggr": "a" * 64}, many(1), tmp_path)
