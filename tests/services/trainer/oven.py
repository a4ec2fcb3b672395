"""Runs in the test's own process: planned by the real stage, trained by the real rank, words in a list."""

import os
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

import torch
from accelerate.state import AcceleratorState  # type: ignore[import-untyped]  # it ships no types
from safetensors.torch import load

from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest
from bakehouse.jobs.plan import PlanFor, PlanReader, PlanWriter
from bakehouse.jobs.sizing import Sizing
from bakehouse.jobs.stage import PlanRequest, PlanSummary
from services.trainer.bootstrap import make_stage
from services.trainer.order import UNIT_WIRE, WORD_WIRE, RankWord, RunOrder, Saying, UnitPlan
from services.trainer.rank.bootstrap import train
from services.trainer.rank.telling import Words
from services.trainer.train import Outcome
from tests.services.trainer.bakery import PROJECT, Bakery

JOB = "j"

Hear = Callable[[RankWord], None]


class Oven:
    """One bakery's runs. `words` are those of the last one."""

    def __init__(self, bakery: Bakery) -> None:
        self.bakery = bakery
        self.words: list[RankWord] = []

    def plan(
        self, spec: Mapping[str, Any], *, kind: str = "trainer.train", **inputs: Digest
    ) -> tuple[Digest, PlanSummary]:
        inputs = inputs or dict(self.bakery.inputs)
        blobs = self.bakery.blobs
        wanted = PlanFor(kind=kind, spec=blobs.put(canonical_bytes(spec)))
        writer = PlanWriter(blobs, wanted, stop=Event())
        request = PlanRequest(
            kind=kind,
            spec=spec,
            inputs=inputs,
            blobs=blobs,
            sizing=Sizing(item_s=None),
            scratch=self.bakery.scratch,
        )
        summary = make_stage().plan(request, writer)
        digest, _ = writer.finish(num_hits=summary.num_hits, context=summary.context)
        return digest, summary

    def order(self, spec: Mapping[str, Any], **inputs: Digest) -> RunOrder:
        plan, _ = self.plan(spec, **inputs)
        return RunOrder(project=PROJECT, job=JOB, plan=plan, inputs=inputs or self.bakery.inputs)

    def unit(self, order: RunOrder) -> UnitPlan:
        return UNIT_WIRE.decode(PlanReader(self.bakery.blobs).unit(order.plan, 0).payload)

    def bake(self, order: RunOrder, hear: Hear = lambda _: None) -> Outcome:
        """Train as a rank does. What `hear` raises ends the run there, as a kill would."""
        self.point_processes_here()
        AcceleratorState._reset_state(reset_partial_state=True)
        torch.set_num_threads(1)
        self.words = []
        return train(order, _Heard(self.words, hear))

    def point_processes_here(self) -> None:
        """Let this process and its children find the store."""
        os.environ["BAKEHOUSE_STORE_URL"] = f"dir://{self.bakery.scratch / 'store'}"
        os.environ["BAKEHOUSE_SCRATCH"] = str(self.bakery.scratch)
        os.environ["OMP_NUM_THREADS"] = "1"

    def tensors(self, outcome: Outcome) -> dict[str, torch.Tensor]:
        return self.tensors_of(outcome.result)

    def tensors_of(self, result: Any) -> dict[str, torch.Tensor]:
        return self.load(result["adapter"])

    def load(self, adapter: Digest) -> dict[str, torch.Tensor]:
        return load(self.bakery.blobs.get(adapter))

    def losses(self, outcome: Outcome) -> bytes:
        return self.losses_of(outcome.result)

    def losses_of(self, result: Any) -> bytes:
        return self.bakery.blobs.get(result["losses"])

    def ask_to_stop(self, order: RunOrder) -> None:
        self.bakery.store.put(self.stop_key(order), [JOB.encode()], size_bytes=len(JOB))

    def stop_key(self, order: RunOrder) -> str:
        return f"{PROJECT}/checkpoints/{order.plan}/stop"

    def news(self, kind: str) -> list[RankWord]:
        return [word for word in self.words if word.saying is Saying.NEWS and word.type == kind]


class _Heard(Words):
    def __init__(self, words: list[RankWord], hear: Hear) -> None:
        self._words = words
        self._hear = hear

    def say(self, word: RankWord) -> None:
        word = WORD_WIRE.decode(WORD_WIRE.encode(word))
        self._words.append(word)
        self._hear(word)


def killed_at(step: int) -> Hear:
    """Ends the run when it tells of `step`."""

    def hear(word: RankWord) -> None:
        if word.type == "progress" and word.id == f"step-{step}":
            raise KeyboardInterrupt

    return hear


def same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
