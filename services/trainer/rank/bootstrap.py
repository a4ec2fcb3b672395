"""Puts a rank together: the store, the base model, and what trains an adapter of it."""

import json
import secrets
import time
from collections import Counter
from dataclasses import replace

import torch

from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.open import open_store
from bakehouse.jobs.plan import PlanReader
from bakehouse.logs import configure_logs
from bakehouse.schedule.epochs import Schedule
from bakehouse.spec import parse_spec
from services.trainer.adapters.adapter_file import SAFETENSORS
from services.trainer.adapters.base_parts import LoadedBase
from services.trainer.adapters.checkpoints import StoredCheckpoints
from services.trainer.adapters.crew import AccelerateCrew
from services.trainer.adapters.lora_model import LoraModel
from services.trainer.adapters.painter import SamplePainter
from services.trainer.adapters.shard_tensors import ShardTensors
from services.trainer.adapters.tables import read_training_set
from services.trainer.adapters.threads import limit_threads
from services.trainer.batches import Batches, Share
from services.trainer.export import PRECISIONS, Exporter
from services.trainer.options import exported_options, network_args
from services.trainer.order import UNIT_WIRE, RunOrder, UnitPlan
from services.trainer.rank.telling import Words
from services.trainer.rates import rate_schedule
from services.trainer.settings import TrainerSettings
from services.trainer.train import Outcome, Run, Tools, Training
from services.trainer.training_set import TrainingSet, data_facts, plan_schedule
from services.trainer.training_spec import SamplePrompt, TrainingSpec

_SEED_DIGITS = 8


def train(order: RunOrder, words: Words) -> Outcome:
    """Carry out an order as the rank that this process is."""
    settings = TrainerSettings()
    configure_logs(level=settings.log_level, log_format=settings.log_format, secrets=settings.secrets())
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # 3 % of a step
    blobs = Blobs(open_store(settings), order.project)
    spec, unit = _planned(blobs, order)
    crew = AccelerateCrew(spec.mixed_precision)
    data = read_training_set(blobs, order.inputs, need_texts=not spec.trains_text_encoder)
    run = make_run(spec, data, unit, job=order.job)
    base = LoadedBase(blobs, spec, settings.scratch, crew.device)
    limit_threads(base.parts.unet)
    model = LoraModel(base.parts, spec, seed=run.schedule.seed)
    share = Share(rank=crew.rank, num_ranks=crew.num_ranks)
    tools = Tools(
        model=model,
        crew=crew,
        batches=Batches(data, spec, run.schedule, ShardTensors(blobs), share),
        checkpoints=StoredCheckpoints(blobs, order.plan, order.job),
        exporter=_exporter(run, data, blobs, model),
        painter=SamplePainter(base.for_samples, spec) if run.prompts else None,
        blobs=blobs,
        tell=words.tell if crew.rank == 0 else _tell_nobody,
        reach=words.reach if crew.rank == 0 else _reach_nobody,
    )
    return Training(run, tools).train()


def make_run(spec: TrainingSpec, data: TrainingSet, unit: UnitPlan, *, job: str) -> Run:
    """The run as it was planned. A seed that is not given comes from the run's key."""
    seed = int(unit.key[:_SEED_DIGITS], 16) if spec.seed is None else spec.seed
    sizes = Counter(sample.buckets[0] for sample in data.samples)
    (width, height), _ = max(sizes.items(), key=lambda item: (item[1], item[0]))
    return Run(
        job=job,
        spec=spec,
        num_steps=unit.num_steps,
        schedule=Schedule(plan_schedule(data, spec), seed=seed),
        rates=rate_schedule(spec, unit.num_steps),
        prompts=[
            _complete(prompt, width, height, seed + number)
            for number, prompt in enumerate(spec.sample_prompts)
        ],
    )


def _planned(blobs: Blobs, order: RunOrder) -> tuple[TrainingSpec, UnitPlan]:
    plans = PlanReader(blobs)
    spec = json.loads(blobs.get(plans.header(order.plan).spec))
    unit = UNIT_WIRE.decode(plans.unit(order.plan, 0).payload)
    return parse_spec(TrainingSpec, spec, what="training"), unit


def _complete(prompt: SamplePrompt, width: int, height: int, seed: int) -> SamplePrompt:
    return replace(
        prompt,
        width=prompt.width or width,
        height=prompt.height or height,
        seed=seed if prompt.seed is None else prompt.seed,
    )


def _exporter(run: Run, data: TrainingSet, blobs: Blobs, model: LoraModel) -> Exporter:
    spec = run.spec
    return Exporter(
        blobs=blobs,
        format=SAFETENSORS,
        precision=PRECISIONS[spec.save_precision],
        data=data_facts(data, spec, run.schedule.calendar),
        model=model.facts,
        options=exported_options(spec, run.num_steps, run.schedule.seed),
        network_args=network_args(spec),
        num_epochs=run.schedule.place(run.num_steps - 1).epoch + 1,
        session_id=secrets.randbits(32),
        started_at=time.time(),
    )


def _tell_nobody(_kind: str, _ident: str, _data: object) -> None:
    pass


def _reach_nobody(_step: int) -> None:
    pass
