from dataclasses import replace
from pathlib import Path
from typing import Any

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.port import ObjectInfo
from bakehouse.digest import Digest
from bakehouse.jobs.answers import Answers, Edition
from bakehouse.jobs.record import JobRecord, JobState
from tests.toy.kitchen import Kitchen


def answering(toy: Kitchen) -> Kitchen:
    """The same kitchen, whose jobs are functions of what they are asked."""
    return replace(toy, service=replace(toy.service, functions=frozenset(toy.service.kinds)))


async def baked(toy: Kitchen, *, plan_only: bool = False, **spec: Any) -> JobRecord:
    async with toy.open_for_business():
        return await toy.over(await toy.submit(plan_only=plan_only, **spec))


async def test_the_same_question_is_answered_without_a_plan(toy: Kitchen) -> None:
    first = await baked(answering(toy), num_items=5)
    again = await baked(answering(toy), num_items=5)
    assert (again.is_answered, again.result, again.plan) == (True, first.result, first.plan)
    assert [step.state for step in again.transitions] == ["QUEUED", "PLANNING", "SUCCEEDED"]
    assert (again.planned_items, again.hit_items, again.computed_items) == (0, 5, 0)


async def test_a_job_that_is_only_planned_is_told_that_all_is_there(toy: Kitchen) -> None:
    await baked(answering(toy), num_items=5)
    planned = await baked(answering(toy), plan_only=True, num_items=5)
    assert planned.result == {"planned_units": 0, "planned_items": 0, "hit_items": 5}


async def test_another_question_is_planned(toy: Kitchen) -> None:
    await baked(answering(toy), num_items=5)
    other = await baked(answering(toy), num_items=6)
    assert (other.is_answered, other.done_items) == (False, 6)


async def test_a_kind_that_is_no_function_is_never_answered(toy: Kitchen) -> None:
    await baked(answering(toy), num_items=5)
    assert not (await baked(toy, num_items=5)).is_answered


async def test_what_failed_in_part_is_no_answer(toy: Kitchen) -> None:
    await baked(answering(toy), num_items=5, fail=["i00000001"])
    assert not (await baked(answering(toy), num_items=5, fail=["i00000001"])).is_answered


async def test_an_answer_whose_blobs_are_gone_is_none(toy: Kitchen) -> None:
    first = await baked(answering(toy), num_items=5)
    result: Any = first.result
    digest = Digest(result["rows"])
    toy.store.delete([f"p/blobs/sha256/{digest[:2]}/{digest}"])
    again = await baked(answering(toy), num_items=5)
    assert (again.state, again.is_answered, again.result) == (JobState.SUCCEEDED, False, first.result)


async def test_changed_code_answers_anew(toy: Kitchen, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "rule.py").write_text("one = 1\n")
    blobs = Blobs(toy.store, "p")
    done = await baked(toy, num_items=5)
    Answers(blobs, Edition([tmp_path / "code"])).note(done)
    assert Answers(blobs, Edition([tmp_path / "code"])).find(done) is not None
    (tmp_path / "code" / "rule.py").write_text("one = 2\n")
    assert Answers(blobs, Edition([tmp_path / "code"])).find(done) is None


async def test_an_answer_that_can_not_be_read_is_none(toy: Kitchen) -> None:
    answers = Answers(Blobs(toy.store, "p"), Edition([]))
    done = await baked(toy, num_items=5)
    answers.note(done)
    (key,) = [entry.key for entry in toy.store.list("p/answers/") if isinstance(entry, ObjectInfo)]
    toy.store.delete([key])
    toy.store.put(key, [b"{"], size_bytes=1)
    assert answers.find(done) is None
