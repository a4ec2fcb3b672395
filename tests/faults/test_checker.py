"""The checker itself: a sound history passes, and each kind of fault planted in it is found."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checker import Checker, expected_rows

PLAN, SPEC = "1" * 64, {"num_items": 2, "seed": 5}
STATES = ["QUEUED", "PLANNING", "RUNNING", "FINALISING", "SUCCEEDED"]

Entry = dict[str, Any]
History = list[Entry]


def stored(key: str, text: str) -> Entry:
    return {"what": "object", "key": key, "sha256": hashlib.sha256(text.encode()).hexdigest(), "text": text}


def blob(text: str) -> Entry:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return stored(f"p/blobs/sha256/{digest[:2]}/{digest}", text)


def message(stream: str, subject: str, content: Any) -> Entry:
    data = base64.b64encode(json.dumps(content).encode()).decode()
    return {"what": "message", "stream": stream, "subject": subject, "sequence": 1, "data": data}


def sound() -> History:
    """A job of two units that nothing happened to."""
    rows = blob("".join(row + "\n" for row in expected_rows(SPEC)))
    manifest, plan = blob("manifest"), blob(json.dumps({"num_units": 2, "num_items": 2}))
    results = []
    for unit in (0, 1):
        text = json.dumps({"unit": unit, "plan": plan["sha256"], "num_done": 1, "failures": [], "blobs": []})
        results.append(stored(f"p/results/{plan['sha256']}/{unit:05d}-a", text))
    accepted = blob(json.dumps({"attempts": ["a", "a"], "results": [r["sha256"] for r in results]}))
    reference = {"blob": manifest["sha256"], "content": "c"}
    record = {
        "job": "j",
        "state": "SUCCEEDED",
        "error": None,
        "transitions": [{"state": state} for state in STATES],
        "plan": plan["sha256"],
        "accepted": accepted["sha256"],
        "done_units": 2,
        "done_items": 2,
        "failed_items": 0,
        "result": {"rows": rows["sha256"], "manifest": reference},
    }
    events = [
        message("EVENTS", "events.p.job.j.state", {"data": {"number": n, "state": state}})
        for n, state in enumerate(STATES)
    ]
    submitted = {
        "what": "submitted",
        "job": "j",
        "spec": SPEC,
        "expected_state": "SUCCEEDED",
        "expected_manifest": reference,
    }
    consumer = {"what": "consumer", "name": "work-toy", "num_ack_pending": 0, "num_pending": 0}
    revision = stored("p/registry/job/j/00000001-00000001-a", json.dumps({"version": 1, "epoch": 1}))
    kept = message("KV_jobs", "$KV.jobs.p.job.j", record)
    return [submitted, kept, *events, consumer, rows, manifest, plan, *results, accepted, revision]


def check(history: History, folder: Path) -> list[str]:
    path = folder / "history.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in history))
    return Checker(path).check()


def change_record(history: History, **changes: Any) -> None:
    record = json.loads(base64.b64decode(history[1]["data"])) | changes
    history[1] = message("KV_jobs", "$KV.jobs.p.job.j", record)


def test_a_sound_history_passes(tmp_path: Path) -> None:
    assert check(sound(), tmp_path) == []


PLANTED: dict[str, Callable[[History], object]] = {
    "no record": lambda h: h.pop(1),
    "FAILED, not SUCCEEDED": lambda h: change_record(h, state="FAILED"),
    "QUEUED -> RUNNING": lambda h: change_record(
        h, transitions=[{"state": s} for s in STATES if s != "PLANNING"]
    ),
    "told [0, 2, 3, 4]": lambda h: h.pop(3),
    "told [0, 0": lambda h: h.insert(2, h[2]),
    "is not there or another": lambda h: h.remove(next(e for e in h if "00001-a" in e.get("key", ""))),
    "accepted of 2 units": lambda h: change_record(h, done_units=1),
    "items in results": lambda h: change_record(h, done_items=1),
    "another manifest": lambda h: h[0].update(expected_manifest={}),
    "missing or wrong": lambda h: h[0].update(spec={"num_items": 2, "seed": 6}),
    "is not what its name says": lambda h: h[8].update(sha256="0" * 64),
    "left on WORK": lambda h: h.append(message("WORK", "work.toy.cpu.bulk.p.j.0", {})),
    "1 unacked": lambda h: h[7].update(num_ack_pending=1),
    "epochs in the store": lambda h: h.append(
        stored("p/registry/job/j/00000002-00000000-a", json.dumps({"version": 2, "epoch": 0}))
    ),
    "a secret is in": lambda h: h.append(stored("p/x", "canary")),
    "Traceback": lambda h: h.append({"what": "complaint", "log": "work.log", "line": "Traceback: x"}),
}


@pytest.mark.parametrize("blame", PLANTED)
def test_a_planted_fault_is_found(blame: str, tmp_path: Path) -> None:
    history = sound()
    PLANTED[blame](history)
    found = check(history, tmp_path)
    assert any(blame in fault for fault in found), found
