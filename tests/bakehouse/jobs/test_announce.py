import asyncio
from dataclasses import replace

from bakehouse.events.shapes import EVENTS, decode_event
from bakehouse.jobs.announce import announce_progress, announce_transitions, announce_waiting
from bakehouse.jobs.record import JobState, entered
from tests.toy.kitchen import Kitchen


async def states_told(toy: Kitchen, job: str) -> int:
    subject = f"events.p.job.{job}.state"
    return (await toy.connection.subjects(EVENTS, subject)).get(subject, 0)


async def test_two_announcers_tell_each_transition_once(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    for state in (JobState.PLANNING, JobState.RUNNING, JobState.FINALISING):
        record = entered(record, state, time="now")
    told = await asyncio.gather(*(announce_transitions(toy.connection, record) for _ in range(4)))
    assert {r.num_announced for r in told} == {4}
    assert await states_told(toy, record.job) == 4


async def test_what_is_known_to_be_told_is_not_looked_up(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    await toy.connection.purge(EVENTS, f"events.p.job.{record.job}.state")  # as after seven days
    await announce_transitions(toy.connection, replace(record, num_announced=1))
    assert await states_told(toy, record.job) == 0


async def test_an_event_says_what_happened(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    message = await toy.connection.last_message(EVENTS, f"events.p.job.{record.job}.state")
    assert message is not None
    event = decode_event(message.subject, message.data)
    assert (event.name, event.data["state"], event.data["number"]) == (
        f"projects/p/jobs/{record.job}",
        "QUEUED",
        0,
    )


async def test_the_same_progress_is_told_once(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    for _ in range(2):
        await announce_progress(toy.connection, replace(record, done_units=3))
    subject = f"events.p.job.{record.job}.progress"
    assert await toy.connection.subjects(EVENTS, subject) == {subject: 1}


async def test_what_a_job_waits_for_is_told(toy: Kitchen) -> None:
    record = await toy.submit(num_items=1)
    await announce_waiting(toy.connection, record, "the store is full; free some")
    message = await toy.connection.last_message(EVENTS, f"events.p.job.{record.job}.waiting")
    assert message is not None
    assert decode_event(message.subject, message.data).data == {"reason": "the store is full; free some"}
