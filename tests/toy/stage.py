"""Plans and finalises toy jobs. What comes out is a captions manifest, and its rows as text for people."""

import json
import time
from collections.abc import Iterator
from typing import Any

from bakehouse.canonical_json import Json, canonical_bytes, canonical_digest
from bakehouse.errors import InvalidInputError
from bakehouse.jobs.plan import PlanWriter
from bakehouse.jobs.stage import FinaliseRequest, PlanRequest, PlanSummary


class ToyStage:
    """`spec`: num_items, unit_items, batch_items, plan_ms, finalise_ms, and what the runner does (runner.py).

    With the input `samples`, a manifest, its samples are the items.
    """

    def plan(self, request: PlanRequest, plan: PlanWriter) -> PlanSummary:
        spec: Any = request.spec
        time.sleep(spec.get("plan_ms", 0) / 1000)
        if spec.get("planner_bug"):
            raise KeyError("planner_bug")
        if "samples" in request.inputs:
            self._plan_samples(request, plan)
        else:
            self._plan_numbers(request, plan)
        return PlanSummary()

    def finalise(self, request: FinaliseRequest) -> Json:
        from tests.toy.tables import write_captions  # pyarrow costs an idle process 50 MiB

        spec: Any = request.spec
        time.sleep(spec.get("finalise_ms", 0) / 1000)
        rows = sorted(self._rows(request), key=lambda row: row["item"])
        text = "".join(json.dumps(row) + "\n" for row in rows).encode()
        ref = write_captions(request.blobs, canonical_digest(request.spec), rows, request.scratch)
        return {
            "rows": request.blobs.put(text),
            "manifest": {"blob": ref.blob, "content": ref.content},
        }

    def _plan_numbers(self, request: PlanRequest, plan: PlanWriter) -> None:
        spec: Any = request.spec
        if spec["num_items"] < 0:
            raise InvalidInputError(f"num_items: {spec['num_items']} is negative; give 0 or more")
        unit_items = spec.get("unit_items") or request.sizing.unit_items(spec["num_items"])
        for unit, start in enumerate(range(0, spec["num_items"], unit_items)):
            stop = min(start + unit_items, spec["num_items"])
            plan.add_unit(
                canonical_bytes({"unit": unit, "start": start, "stop": stop}), num_items=stop - start
            )

    def _plan_samples(self, request: PlanRequest, plan: PlanWriter) -> None:
        from tests.toy.tables import sample_ids  # as above

        spec: Any = request.spec
        unit_items = request.sizing.unit_items(spec["num_items"])
        ids: list[Any] = []
        for batch in sample_ids(request.blobs, request.inputs["samples"]):
            ids += batch.to_pylist()
            while len(ids) >= unit_items:  # units run across parts, or there would be more than allowed
                plan.add_unit(b"".join(ids[:unit_items]), num_items=unit_items)
                del ids[:unit_items]
        if ids:
            plan.add_unit(b"".join(ids), num_items=len(ids))

    def _rows(self, request: FinaliseRequest) -> Iterator[dict[str, Any]]:
        for result in request.results:
            outputs: Any = result.outputs
            if outputs is not None:
                yield from map(json.loads, request.blobs.get(outputs["shard"]).splitlines())
            for failure in result.failures:
                yield {"item": failure.item, "failed": str(failure.failure_class)}
