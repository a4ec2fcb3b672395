from bakehouse.digest import digest_bytes
from bakehouse.jobs.failures import FailureClass, UnitFailure
from bakehouse.jobs.messages import DONE_WIRE, WORK_WIRE, DoneMessage, WorkMessage

DIGEST = digest_bytes(b"")


def test_work_comes_back_and_is_small() -> None:
    work = WorkMessage(service="toy", project="p", job="j", kind="toy.bake", spec=DIGEST, plan=DIGEST, unit=3)
    assert WORK_WIRE.decode(WORK_WIRE.encode(work)) == work
    assert len(WORK_WIRE.encode(work)) < 400


def test_a_failure_comes_back() -> None:
    failure = UnitFailure(failure_class=FailureClass.BUG, reason="an error")
    done = DoneMessage(plan=DIGEST, unit=3, attempt="a", failure=failure)
    assert DONE_WIRE.decode(DONE_WIRE.encode(done)) == done
