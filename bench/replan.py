"""A finished dataset of 100,000 samples planned again, stage by stage, each in a fresh process.

Asked again, a job is answered from what the one before gave. Where anything changed (an option, one picture)
a stage plans: everything is known here, so that its plan is only found out to be empty, and finalises. The
tensors behind the keys are small: no stage reads them for that, but for probes and scores, which are real.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bakehouse.base_model import load_base_model
from bakehouse.blobs.blobs import Blobs
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.cache.once import Once
from bakehouse.cache.shards import Tensor, write_shard
from bakehouse.canonical_json import canonical_bytes
from bakehouse.digest import Digest, digest_bytes
from bakehouse.jobs.answers import Answers, Edition
from bakehouse.jobs.plan import PlanReader
from bakehouse.jobs.record import JobRecord
from bakehouse.jobs.stage import Stage
from bench.fresh_process import measure
from demo.places import BASE, TAGGER
from services.captioner.bootstrap import program as captioner
from services.captioner.keys import KIND as TAGS
from services.captioner.tagger import read_tags, tagger_files
from services.captioner.unit import UNIT_WIRE
from services.dataset.bootstrap import program as dataset
from services.dataset.domain.decoding import DECODE_DIGEST
from services.dataset.domain.listing import ListedFile, write_line
from services.dataset.domain.probe import PROBE_KIND, Picture, encode_probe
from services.dataset.plan_snapshot import probe_keys
from services.encoder.bootstrap import program as encoder
from services.encoder.caption_texts import KIND as TEXT
from services.encoder.crops import KIND as LATENT
from services.encoder.units import LATENT_WIRE, TEXT_WIRE
from services.trainer.bootstrap import program as trainer
from tests.stage_bench import Job, Planned, StageBench

NUM_SAMPLES = 100_000
_SHARD_ITEMS = 4096
_PROGRAMS = {"dataset": dataset, "captioner": captioner, "encoder": encoder, "trainer": trainer}
_ENTRY = "pictures"


def main() -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        DirectoryStore(root / "store").create()
        (root / "scratch").mkdir()
        print(f"{NUM_SAMPLES} samples, nothing to compute\n")
        print("| stage | asked again, s | after a change: plan, s | finalise, s | peak RSS, MiB |")
        print("|---|---|---|---|---|")
        seconds = Replan(root).run()
        answering, planning = (sum(column) for column in zip(*seconds, strict=True))
        print(f"\nall stages: {answering:.2f} s asked again, {planning:.1f} s planned after a change")


@dataclass(frozen=True, slots=True)
class Replan:
    """All stages over one store, in turn: made finished, then measured."""

    root: Path

    def run(self) -> list[tuple[float, float]]:
        """The seconds of each stage: answered from memory, and planned."""
        base_model, tagger = self._models()
        spec: dict[str, Any] = {"resolution": 64, "resolution_type": "pixel_area", "minimum_image_size": 32}
        entry = {
            **spec,
            "id": _ENTRY,
            "type": "local",
            "listing": self._listing(),
            "caption_strategy": "filename",
        }
        snapshot = Job(kind="dataset.snapshot", spec={"entries": [entry], "alignment": 16})
        seconds = [self._measure(snapshot)]
        place = self._input(snapshot)
        captions = Job(
            kind="captioner.tag",
            spec={"tagger": tagger, "default": {"existing": "append"}},
            inputs={"snapshot": place},
        )
        latents = Job(kind="encoder.latents", spec={"base_model": base_model}, inputs={"snapshot": place})
        seconds += [self._finish(captions), self._finish(latents)]
        texts = Job(
            kind="encoder.texts", spec={"base_model": base_model}, inputs={"captions": self._input(captions)}
        )
        seconds.append(self._finish(texts))
        inputs = {
            "snapshot": place,
            **{job.kind.partition(".")[2]: self._input(job) for job in (latents, texts)},
            "captions": self._input(captions),
        }
        empty = bench_of(self.root, texts).bake(texts)[1]["empty"]
        training: dict[str, Any] = {"base_model": base_model, "max_train_epochs": 1, "empty_text": empty}
        seconds.append(
            self._measure(Job(kind="trainer.train", spec=training, inputs=inputs), is_planned_only=True)
        )
        return seconds

    def _models(self) -> tuple[Digest, Digest]:
        # torch: measured processes do without
        from tests.services.encoder.bakes import new_bench, put_folder

        blobs = blobs_of(self.root)
        base_model = new_bench(blobs, self.root / "registering").register(BASE)
        return base_model, put_folder(Blobs(blobs.store, "shared"), TAGGER)

    def _listing(self) -> Digest:
        """The listing of files that were probed before: their sizes are spread, their bytes are not there."""
        blobs, rng = blobs_of(self.root), random.Random(1)
        files = [
            ListedFile(name=f"{n:06d} a picture.png", digest=digest_bytes(b"%d" % n), size_bytes=1000)
            for n in range(NUM_SAMPLES)
        ]
        probes = [
            encode_probe(
                [
                    Picture(
                        format="PNG",
                        media_type="image/png",
                        width=rng.randint(64, 600),
                        height=rng.randint(64, 600),
                        rendition=None,
                        thumbnail=digest_bytes(b"small"),
                        phash=f"{rng.getrandbits(64):016x}",
                        dhash=f"{rng.getrandbits(64):016x}",
                        sharpness=100.0,
                    )
                ]
            )
            for _ in files
        ]
        rows = [Tensor(dtype="U8", shape=(len(data),), data=data) for data in probes]
        keys = list(probe_keys(file.digest for file in files))
        self._publish(PROBE_KIND, DECODE_DIGEST, dict(zip(keys, rows, strict=True)))
        return blobs.put(b"".join(map(write_line, files)))

    def _finish(self, job: Job) -> tuple[float, float]:
        """Let everything that the job plans be known, then measure it."""
        planned = bench_of(self.root, job).plan(job)
        kind, encoder_digest, rows = pretended(blobs_of(self.root), job, planned)
        self._publish(kind, encoder_digest, rows)
        return self._measure(job)

    def _publish(self, kind: str, of: Digest, rows: Mapping[Digest, Tensor]) -> None:
        blobs, items = blobs_of(self.root), list(rows.items())
        once: Once[Digest] = Once(blobs, kind=kind, encoder=of, scratch=self.root / "scratch")
        for at in range(0, len(items), _SHARD_ITEMS):
            once.publish(write_shard(blobs, items[at : at + _SHARD_ITEMS]).entries)

    def _measure(self, job: Job, *, is_planned_only: bool = False) -> tuple[float, float]:
        planning = measure(plan_again, self.root, job)
        both = planning if is_planned_only else measure(bake_again, self.root, job)
        finalise = "" if is_planned_only else f"{both.seconds - planning.seconds:.2f}"
        note_answer(self.root, job)
        again = measure(ask_again, self.root, job)
        peak = max(planning.peak_mib, both.peak_mib)
        print(f"| {job.kind} | {again.seconds:.3f} | {planning.seconds:.2f} | {finalise} | {peak:.0f} |")
        return again.seconds, planning.seconds

    def _input(self, job: Job) -> Digest:
        return Digest(bench_of(self.root, job).bake(job)[1]["manifest"]["blob"])


def pretended(blobs: Blobs, job: Job, planned: Planned) -> tuple[str, Digest, Mapping[Digest, Tensor]]:
    """Rows in place of what the job would compute: their kind, what computes them, and the rows by key."""
    reader = PlanReader(blobs)
    payloads = [reader.unit(planned.digest, number).payload for number in range(planned.header.num_units)]
    spec: Any = job.spec
    tiny = Tensor(dtype="U8", shape=(1,), data=b"x")
    if job.kind == "captioner.tag":
        files = tagger_files(Blobs(blobs.store, "shared"), spec["tagger"])
        num_tags = len(read_tags(Blobs(blobs.store, "shared"), files))
        scores = Tensor(dtype="F16", shape=(num_tags,), data=bytes(2 * num_tags))
        units = map(UNIT_WIRE.decode, payloads)
        return TAGS, files.model, {keyed.key: scores for unit in units for keyed in unit.pictures}
    components = load_base_model(blobs, spec["base_model"]).components
    if job.kind == "encoder.latents":
        crops = (crop for p in payloads for batch in LATENT_WIRE.decode(p).batches for crop in batch)
        return LATENT, components["vae"], {crop.key: tiny for crop in crops}
    texts = (text for p in payloads for batch in TEXT_WIRE.decode(p).batches for text in batch)
    return TEXT, components["text_encoder"], {text.key: tiny for text in texts}


def plan_again(root: Path, job: Job) -> None:
    """Plan a job that has nothing to compute, but for training, which is one unit."""
    planned = bench_of(root, job).plan(job)
    if planned.header.num_units > (job.kind == "trainer.train"):
        raise RuntimeError(f"{job.kind}: {planned.header.num_items} are to be computed; all were known")


def bake_again(root: Path, job: Job) -> None:
    """The same, and finalise it."""
    bench_of(root, job).bake(job)


def note_answer(root: Path, job: Job) -> None:
    """As the supervisor does when the job has succeeded; what training gives is made up."""
    bench = bench_of(root, job)
    planned = bench.plan(job)
    result = {} if planned.header.num_units else bench.finalise(planned)
    Answers(blobs_of(root), _edition(job)).note(
        replace(_record(root, job), plan=planned.digest, result=result)
    )


def ask_again(root: Path, job: Job) -> None:
    """What the supervisor does before it plans."""
    if Answers(blobs_of(root), _edition(job)).find(_record(root, job)) is None:
        raise RuntimeError(f"{job.kind} was answered before, and isn't now")


def _edition(job: Job) -> Edition:
    return Edition([_PROGRAMS[job.kind.partition(".")[0]]().declaration.parent])


def _record(root: Path, job: Job) -> JobRecord:
    spec = blobs_of(root).put(canonical_bytes(job.spec))
    service = job.kind.partition(".")[0]
    return JobRecord(service=service, project="p", job="j", kind=job.kind, spec=spec, inputs=job.inputs)


def bench_of(root: Path, job: Job) -> StageBench:
    stage: Stage = _PROGRAMS[job.kind.partition(".")[0]]().stage()
    return StageBench(blobs=blobs_of(root), scratch=root / "scratch", stage=stage)


def blobs_of(root: Path) -> Blobs:
    return Blobs(DirectoryStore(root / "store"), "p")
