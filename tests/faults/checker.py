"""Judges a recorded history. It reads lines of JSON and nothing else: no code of the project is used.

The invariants: every job is over, once, by legal steps, each told once and in order; every unit has exactly
one accepted result, whole and of that unit; every item is in the result exactly once, as it must be; every
blob is what its name says; nothing waits on NATS; nobody complained; no secret was written down.
"""

import base64
import hashlib
import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

LEGAL = {
    "QUEUED": {"PLANNING", "FAILED", "CANCELLED"},
    "PLANNING": {"RUNNING", "FAILED", "CANCELLED"},
    "RUNNING": {"FINALISING", "FAILED", "CANCELLED"},
    "FINALISING": {"SUCCEEDED", "FAILED", "CANCELLED"},
}
FINAL = {"SUCCEEDED", "FAILED", "CANCELLED"}
SECRETS = ("a-token-for-tests", "canary")
# A supervisor that lost NATS or its job may say so; what a bug of ours would say is none of these.
FORGIVEN = ("nats", "Connection")


class Checker:
    """Collects what is wrong with a history."""

    def __init__(self, path: Path) -> None:
        self.faults: list[str] = []
        self._lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            self._lines[entry["what"]].append(entry)
        self._objects = {entry["key"]: entry for entry in self._lines["object"]}
        self._records = self._read_records()
        self._lost_disk = any(entry["name"] == "lose_nats_disk" for entry in self._lines["fault"])

    def check(self) -> list[str]:
        """Everything that is wrong, in words."""
        for job in self._lines["submitted"]:
            self._check_job(job)
        self._check_blobs()
        self._check_nats()
        self._check_complaints()
        return self.faults

    def _read_records(self) -> dict[str, dict[str, Any]]:
        records = {}
        for entry in self._lines["message"]:
            if entry["stream"] == "KV_jobs":
                line = base64.b64decode(entry["data"]).split(b"\n")[0]
                record = json.loads(line)
                records[record["job"]] = record
        return records

    def _check_job(self, job: dict[str, Any]) -> None:
        name = job["job"]
        record = self._records.get(name)
        if record is None:
            self._blame(f"{name}: no record")
            return
        if record["state"] != job["expected_state"]:
            self._blame(f"{name}: {record['state']}, not {job['expected_state']} ({record['error']})")
        self._check_steps(name, [step["state"] for step in record["transitions"]], "record")
        self._check_events(name, record)
        self._check_revisions(name)
        if record["state"] == "SUCCEEDED":
            self._check_units(name, record)
            self._check_rows(name, record, job)

    def _check_steps(self, name: str, states: list[str], where: str) -> None:
        for before, after in pairwise(states):
            if after not in LEGAL.get(before, set()):
                self._blame(f"{name}: {before} -> {after} in its {where}")
        if states[:1] != ["QUEUED"] or states[-1] not in FINAL:
            self._blame(f"{name}: {where} goes {states}")

    def _check_events(self, name: str, record: dict[str, Any]) -> None:
        told = [
            json.loads(base64.b64decode(entry["data"]))
            for entry in self._lines["message"]
            if entry["stream"] == "EVENTS" and entry["subject"].endswith(f".job.{name}.state")
        ]
        numbers = [event["data"]["number"] for event in told]
        everything = list(range(len(record["transitions"])))
        if self._lost_disk:  # what was told before is gone; what is told after is told once, to the end
            everything = everything[len(everything) - len(numbers) :]
        if numbers != everything:
            self._blame(f"{name}: transitions told {numbers} of {len(record['transitions'])}")
        steps = dict(enumerate(step["state"] for step in record["transitions"]))
        if [event["data"]["state"] for event in told] != [steps.get(number) for number in numbers]:
            self._blame(f"{name}: events tell other states than the record")

    def _check_revisions(self, name: str) -> None:
        prefix = f"p/registry/job/{name}/"
        newest: dict[
            int, int
        ] = {}  # a crash may leave two candidates for one version: the later epoch counts
        for key, entry in sorted(self._objects.items()):
            if key.startswith(prefix):
                revision = json.loads(entry["text"])
                newest[revision["version"]] = max(revision["epoch"], newest.get(revision["version"], 0))
        epochs = list(newest.values())
        if epochs != sorted(epochs):
            self._blame(f"{name}: epochs in the store go {epochs}")

    def _check_units(self, name: str, record: dict[str, Any]) -> None:
        plan = json.loads(self._blob(record["plan"])["text"])
        accepted = json.loads(self._blob(record["accepted"])["text"])
        if (
            not len(accepted["attempts"])
            == len(accepted["results"])
            == plan["num_units"]
            == record["done_units"]
        ):
            self._blame(f"{name}: {len(accepted['attempts'])} accepted of {plan['num_units']} units")
        num_items = 0
        for unit, attempt in enumerate(accepted["attempts"]):
            entry = self._objects.get(f"p/results/{record['plan']}/{unit:05d}-{attempt}")
            if entry is None or entry["sha256"] != accepted["results"][unit]:
                self._blame(f"{name}: the accepted result of unit {unit} is not there or another")
                continue
            result = json.loads(entry["text"])
            if result["unit"] != unit or result["plan"] != record["plan"]:
                self._blame(f"{name}: result of unit {unit} says unit {result['unit']}")
            num_items += result["num_done"] + len(result["failures"])
            for blob in result["blobs"]:
                self._blob(blob)
        if num_items != plan["num_items"] or num_items != record["done_items"] + record["failed_items"]:
            self._blame(f"{name}: {num_items} items in results, {plan['num_items']} planned")

    def _check_rows(self, name: str, record: dict[str, Any], job: dict[str, Any]) -> None:
        rows = self._blob(record["result"]["rows"])["text"].splitlines()
        expected = expected_rows(job["spec"])
        if rows != expected:
            self._blame(f"{name}: {len(rows)} rows, {len(set(expected) - set(rows))} missing or wrong")
        self._blob(record["result"]["manifest"]["blob"])
        if record["result"]["manifest"] != job["expected_manifest"]:
            self._blame(f"{name}: another manifest than a run without faults gives")

    def _check_blobs(self) -> None:
        for key, entry in self._objects.items():
            if "/blobs/sha256/" in key and key.rpartition("/")[2] != entry["sha256"]:
                self._blame(f"{key} is not what its name says")
            if any(secret in entry["text"] for secret in SECRETS):
                self._blame(f"a secret is in {key}")

    def _check_nats(self) -> None:
        for entry in self._lines["message"]:
            if entry["stream"] in {"WORK", "SUPERVISE", "DONE"}:
                self._blame(f"left on {entry['stream']}: {entry['subject']}")
        for entry in self._lines["consumer"]:
            if entry["num_ack_pending"] or entry["num_pending"]:
                self._blame(
                    f"{entry['name']}: {entry['num_ack_pending']} unacked, {entry['num_pending']} waiting"
                )

    def _check_complaints(self) -> None:
        for entry in self._lines["complaint"]:
            if not any(word in entry["line"] for word in FORGIVEN):
                self._blame(f"{entry['log']}: {entry['line'][:300]}")

    def _blob(self, digest: str) -> dict[str, Any]:
        entry = self._objects.get(f"p/blobs/sha256/{digest[:2]}/{digest}")
        if entry is None:
            self._blame(f"blob {digest} is referred to and not there")
            return {"text": "{}"}
        return entry

    def _blame(self, text: str) -> None:
        self.faults.append(text)


def expected_rows(spec: dict[str, Any]) -> list[str]:
    """What the toy's items must give, in order, computed here on its own."""
    rows = []
    for number in range(spec["num_items"]):
        item = f"i{number:08d}"
        if item in spec.get("fail", []):
            rows.append(json.dumps({"item": item, "failed": "input"}))
        elif item in spec.get("crash", []):
            rows.append(json.dumps({"item": item, "failed": "crash"}))
        else:
            digest = hashlib.sha256(f"{spec.get('seed', 0)}/{item}".encode()).hexdigest()
            rows.append(json.dumps({"item": item, "hash": digest}))
    return rows
