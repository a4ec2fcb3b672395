from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.digest import digest_bytes
from bakehouse.errors import CorruptionError, StateError
from bakehouse.jobs.record import JobRecord, JobState, decode_record, encode_record, entered, taken_over
from bakehouse.jobs.units import MAX_UNITS, UnitStates

RECORD = JobRecord(service="toy", project="p", job="j", kind="toy.bake", spec=digest_bytes(b"{}"))
PATH = [JobState.PLANNING, JobState.RUNNING, JobState.FINALISING, JobState.SUCCEEDED]


def at(state: JobState) -> JobRecord:
    return replace(RECORD, state=state)


def test_the_straight_way() -> None:
    record = RECORD
    for state in PATH:
        record = entered(record, state, time="now")
    assert [transition.state for transition in record.transitions] == PATH


def test_only_a_job_that_is_only_planned_ends_with_its_plan() -> None:
    with pytest.raises(StateError):
        entered(at(JobState.PLANNING), JobState.SUCCEEDED, time="now")
    planned = replace(at(JobState.PLANNING), plan_only=True)
    assert entered(planned, JobState.SUCCEEDED, time="now").state is JobState.SUCCEEDED


@given(st.sampled_from(JobState), st.sampled_from(JobState))
def test_final_states_are_final_and_no_state_is_entered_twice(state: JobState, following: JobState) -> None:
    if state.is_final or state is following or following is JobState.QUEUED:
        with pytest.raises(StateError, match=f"is {state}"):
            entered(at(state), following, time="now")


@pytest.mark.parametrize("state", [state for state in JobState if not state.is_final])
def test_an_unfinished_job_can_fail_be_cancelled_and_change_hands(state: JobState) -> None:
    assert entered(at(state), JobState.FAILED, time="now").state is JobState.FAILED
    assert entered(at(state), JobState.CANCELLED, time="now").state is JobState.CANCELLED
    taken = taken_over(at(state), supervisor="me")
    assert (taken.epoch, taken.supervisor, taken.state) == (1, "me", state)


def test_a_job_that_is_over_is_nobodys() -> None:
    with pytest.raises(StateError):
        taken_over(at(JobState.SUCCEEDED), supervisor="me")


def test_a_record_comes_back_with_its_units() -> None:
    units = UnitStates(bytes(range(256)))
    record, read = decode_record(encode_record(RECORD, units))
    assert record == RECORD
    assert read is not None
    assert bytes(read) == bytes(units)


def test_the_store_gets_no_units() -> None:
    assert decode_record(encode_record(RECORD)) == (RECORD, None)


def test_the_largest_job_fits_into_a_bucket() -> None:
    assert len(encode_record(RECORD, UnitStates(MAX_UNITS))) < 60_000


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(CorruptionError):
        decode_record(b"{}\n")


def test_a_job_that_an_earlier_one_answers_ends_with_its_plan() -> None:
    answered = replace(at(JobState.PLANNING), is_answered=True)
    assert entered(answered, JobState.SUCCEEDED, time="now").state is JobState.SUCCEEDED
