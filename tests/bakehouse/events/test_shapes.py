import json

import pytest

from bakehouse.errors import CorruptionError
from bakehouse.events.shapes import Event, decode_event

EVENT = Event(
    id="job/j/state/0", project="p", kind="job", resource="j", type="state", time="2026-01-01", data={"n": 1}
)


def test_an_event_comes_back() -> None:
    assert decode_event(EVENT.nats_subject, EVENT.encode()) == EVENT


def test_it_is_a_cloud_event() -> None:
    fields = json.loads(EVENT.encode())
    assert fields["specversion"] == "1.0"
    assert (fields["type"], fields["source"], fields["subject"]) == (
        "bakehouse.job.state",
        "projects/p",
        "projects/p/jobs/j",
    )


@pytest.mark.parametrize(
    ("subject", "data"),
    [("events.p", EVENT.encode()), (EVENT.nats_subject, b"{}"), (EVENT.nats_subject, b"x")],
)
def test_what_is_no_event_is_refused(subject: str, data: bytes) -> None:
    with pytest.raises(CorruptionError):
        decode_event(subject, data)
