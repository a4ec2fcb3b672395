"""Computes toy units: hashes each item, and misbehaves where the spec says so.

`sleep_ms` an item; `fail`, `bug`, `crash`, `hang`, `eat`: items that are at fault, raise what nobody expects,
kill the process, never end, need more memory than there is; `crash_together`: two items that kill only in one
batch; `tell`: news of each item; `config`: the job can't work; `empty`: nothing is stored. With
BAKEHOUSE_TOY_HISTORY each begin and end of a unit is a line there.
"""

import hashlib
import json
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bakehouse.errors import InvalidInputError
from bakehouse.jobs.failures import ConfigError, ItemFailure
from bakehouse.jobs.stage import UnitOutputs, UnitRequest


def make_runner() -> "ToyRunner":
    return ToyRunner()


class ToyRunner:
    def open(self, request: UnitRequest) -> "ToyWork":
        return ToyWork(request)


class ToyWork:
    def __init__(self, request: UnitRequest) -> None:
        self._request = request
        self._spec: Any = dict(request.spec)  # type: ignore[arg-type]  # the toy trusts its tests
        self._unit: Any = json.loads(request.payload)
        self._rows: dict[str, str] = {}
        if self._spec.get("config", False):
            raise ConfigError("the toy has no such model; name another")
        self._note("begin")

    @property
    def batches(self) -> list[list[str]]:
        items = [f"i{n:08d}" for n in range(self._unit["start"], self._unit["stop"])]
        size = self._spec.get("batch_items", 8)
        return [items[start : start + size] for start in range(0, len(items), size)]

    def run(self, items: Sequence[str]) -> Sequence[ItemFailure]:
        together = self._spec.get("crash_together", [])
        if together and all(item in items for item in together):
            os.kill(os.getpid(), signal.SIGSEGV)
        for item in items:
            self._misbehave(item)
            time.sleep(self._spec.get("sleep_ms", 0) / 1000)
            if self._spec.get("tell"):
                self._request.tell("sample", item, {"item": item})
                self._request.tell("progress", item, {"item": item})
            self._rows[item] = hashlib.sha256(f"{self._spec.get('seed', 0)}/{item}".encode()).hexdigest()
        return ()

    def close(self) -> UnitOutputs:
        if self._spec.get("empty"):
            return UnitOutputs(outputs=None)
        lines = [json.dumps({"item": item, "hash": self._rows[item]}) + "\n" for item in sorted(self._rows)]
        shard = self._request.blobs.put("".join(lines).encode())
        self._note("end")
        return UnitOutputs(outputs={"shard": shard, "num_rows": len(lines)}, blobs=[shard])

    def _misbehave(self, item: str) -> None:
        if item in self._spec.get("fail", []):
            raise InvalidInputError(f"item {item} is broken; mend it")
        if item in self._spec.get("bug", []):
            raise KeyError("canary-in-an-exception")
        if item in self._spec.get("crash", []):
            os.kill(os.getpid(), signal.SIGSEGV)
        if item in self._spec.get("hang", []):
            time.sleep(3600)
        if item in self._spec.get("eat", []):
            hoard = [bytearray(64 << 20) for _ in range(64)]
            self._rows[item] = str(len(hoard))

    def _note(self, what: str) -> None:
        if path := os.environ.get("BAKEHOUSE_TOY_HISTORY"):
            line = {"what": what, "unit": self._unit["unit"], "pid": os.getpid(), "t": time.monotonic_ns()}
            with Path(path).open("a") as history:  # O_APPEND: lines of many processes don't mix
                history.write(json.dumps(line) + "\n")
