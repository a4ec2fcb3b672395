from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from bakehouse.cache.shards import IndexEntry, ShardReader
from bakehouse.digest import Digest
from bakehouse.errors import InvalidInputError, StateError
from tests.bakehouse.models.tiny_models import save_folder, tiny_model
from tests.services.encoder.bakes import Bench
from tests.services.encoder.snapshots import Source, gradient, png, put_snapshot, row_of, sources, table
from tests.stage_bench import Job, Planned


def job(bench: Bench, base_model: Digest, found: Sequence[Source], **spec: Any) -> Job:
    return Job(
        kind="encoder.latents",
        spec={"base_model": base_model, **spec},
        inputs={"snapshot": put_snapshot(bench.blobs, found, bench.scratch)},
    )


def counted(planned: Planned) -> tuple[int, int]:
    """Planned items and hits."""
    return planned.header.num_items, planned.header.num_hits


def test_every_kept_crop_has_its_latents(bench: Bench, base_model: Digest) -> None:
    found = [*sources(3), replace(sources(1)[0], name="tall.png", bucket=(48, 64), resize=(60, 64))]
    planned, result = bench.bake(job(bench, base_model, found))
    assert counted(planned) == (4, 0)
    rows = table(bench.blobs, result, "latents")
    assert result["counts"] == {"kept": 4}
    reader = ShardReader(bench.blobs)
    shapes = {
        reader.read(
            IndexEntry(key=row["key"], shard=Digest(row["shard"]), row=row["row"], crc32c=row["crc32c"])
        ).shape
        for row in rows.values()
    }
    assert shapes == {(4, 6, 8), (4, 8, 6)}


def test_again_nothing_is_computed_and_the_manifest_is_the_same(bench: Bench, base_model: Digest) -> None:
    _, first = bench.bake(job(bench, base_model, sources(3)))
    planned, again = bench.bake(job(bench, base_model, sources(3)))
    assert counted(planned) == (0, 3)
    assert again == first


def test_a_new_picture_alone_is_encoded(bench: Bench, base_model: Digest) -> None:
    bench.bake(job(bench, base_model, sources(3)))
    assert counted(bench.plan(job(bench, base_model, sources(4)))) == (1, 3)


def test_a_renamed_picture_is_not_encoded(bench: Bench, base_model: Digest) -> None:
    bench.bake(job(bench, base_model, sources(3)))
    renamed = [replace(source, name=f"new-{source.name}") for source in sources(3)]
    assert counted(bench.plan(job(bench, base_model, renamed))) == (0, 3)


def test_equal_crops_are_encoded_once(bench: Bench, base_model: Digest) -> None:
    twice = [*sources(1), replace(sources(1)[0], name="copy.png")]
    planned, result = bench.bake(job(bench, base_model, twice))
    assert planned.header.num_items == 1
    assert result["counts"] == {"kept": 2}


def test_a_single_file_of_the_same_weights_finds_all(bench: Bench, base_model: Digest, single: Path) -> None:
    bench.bake(job(bench, base_model, sources(2)))
    assert counted(bench.plan(job(bench, bench.register(single), sources(2)))) == (0, 2)


def test_another_dtype_is_encoded_anew(bench: Bench, base_model: Digest) -> None:
    bench.bake(job(bench, base_model, sources(2)))
    assert counted(bench.plan(job(bench, base_model, sources(2), dtype="bfloat16"))) == (2, 0)


def test_one_broken_picture_fails_alone_with_its_reason(bench: Bench, base_model: Digest) -> None:
    broken = replace(sources(1)[0], name="broken.png", data=png(gradient(7))[:300])
    _, result = bench.bake(job(bench, base_model, [*sources(2), broken]))
    row = row_of(bench.blobs, result, "latents", broken)
    assert result["counts"] == {"kept": 2, "failed.broken": 1}
    assert (row["state"], row["shard"]) == ("failed", None)
    assert "can't be decoded" in row["detail"]


def test_a_vae_that_gives_nan_fails_the_job_with_its_dtype(bench: Bench, tmp_path: Path) -> None:
    broken = tiny_model(5)
    torch.nn.init.constant_(broken.vae.encoder.conv_in.weight, float("nan"))
    base = bench.register(save_folder(broken, tmp_path / "broken"))
    planned = bench.plan(job(bench, base, sources(2)))
    results = bench.compute(planned)
    assert "the VAE gives NaN in float32; encode in another dtype" in results[0].failures[0].reason
    with pytest.raises(
        StateError, match=r"none of 2 latents could be encoded: picture .* gives NaN in float32"
    ):
        bench.finalise(planned, results)


def test_a_size_that_the_model_can_not_take_fails_when_it_is_planned(
    bench: Bench, base_model: Digest
) -> None:
    odd = replace(sources(1)[0], bucket=(56, 48))
    with pytest.raises(InvalidInputError, match="56x48 px: this sd15 model takes multiples of 16 px"):
        bench.plan(job(bench, base_model, [odd]))


def test_a_snapshot_without_pictures_is_refused(bench: Bench, base_model: Digest) -> None:
    small = replace(sources(1)[0], state="excluded")
    with pytest.raises(InvalidInputError, match="no picture of the snapshot is kept; its samples say why"):
        bench.plan(job(bench, base_model, [small]))
