"""States of jobs as the client knows them."""

from bakehouse.client.values import JobState
from bakehouse.v1.job_pb2 import Job


def test_every_state_of_the_contract_has_its_value() -> None:
    names = {name.removeprefix("STATE_") for name in Job.State.DESCRIPTOR.values_by_name}
    assert {state.value for state in JobState} == names - {"UNSPECIFIED"}


def test_three_states_are_final() -> None:
    assert [state for state in JobState if state.is_final] == ["SUCCEEDED", "FAILED", "CANCELLED"]
