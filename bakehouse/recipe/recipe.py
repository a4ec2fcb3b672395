"""A recipe: read from its file, checked as far as can be without a studio, all that is wrong said at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, parse_digest
from bakehouse.ids import parse_id
from bakehouse.recipe.captioning import Captioning, read_captioning
from bakehouse.recipe.datasets import Dataset, read_datasets
from bakehouse.recipe.documents import read_document
from bakehouse.recipe.findings import Findings
from bakehouse.recipe.keys import check_section
from bakehouse.recipe.listing import FoundFile
from bakehouse.recipe.models import base_model_files
from bakehouse.recipe.places import find_place
from bakehouse.recipe.prompts import read_prompts
from bakehouse.recipe.sections import RECIPE, TRAINING

DEFAULT_PROJECT = "default"

_DIGEST_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to bake. Files are named by what was found at their place, or by the digest of their listing.

    `remarks` are what a user should know although nothing is wrong.
    """

    name: str
    project: str
    base_model: tuple[FoundFile, ...] | Digest
    datasets: tuple[Dataset, ...]
    captioning: Captioning | None
    training: Mapping[str, Json]
    cache_dtype: str | None = None
    remarks: tuple[str, ...] = ()


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file; paths in it are relative to the file.

    Raises:
        InvalidInputError: it can't be read, or something in it is wrong: the message says all of it.
    """
    return parse_recipe(read_document(path), folder=path.parent, name=str(path))


def parse_recipe(data: Json, *, folder: Path, name: str = "recipe") -> Recipe:
    """The recipe that `data` says; paths are relative to `folder`. `name` is what messages call it.

    Raises:
        InvalidInputError: something is wrong; the message says all of it.
    """
    findings = Findings()
    findings.look_for_secrets(data)
    top = findings.take(check_section(RECIPE, data, what="")).values
    project = str(top.get("project", DEFAULT_PROJECT))
    findings.attempt("project", lambda: parse_id(project, field="it"))
    base_model = _read_base_model(top, folder, findings)
    captioning = read_captioning(top.get("captioning"), folder, findings)
    datasets = read_datasets(top.get("datasets"), folder, findings, has_tagger=captioning is not None)
    _match_entries(captioning, datasets, findings)
    training = _read_training(top, folder, findings)
    findings.refuse(name)
    if base_model is None:
        raise AssertionError("a base model that was not found is a problem")
    dtype = top.get("cache_dtype")
    return Recipe(
        name=name,
        project=project,
        base_model=base_model,
        datasets=datasets,
        captioning=captioning,
        training=training,
        cache_dtype=None if dtype is None else str(dtype),
        remarks=tuple(dict.fromkeys(findings.remarks)),
    )


def _read_base_model(
    top: Mapping[str, Json], folder: Path, findings: Findings
) -> tuple[FoundFile, ...] | Digest | None:
    named = top.get("base_model")
    if named is None:
        findings.problems.append(
            "base_model: missing; name a diffusers folder or a .safetensors file, relative to the recipe"
        )
        return None
    text = str(named)
    if len(text) == _DIGEST_LENGTH and "." not in text:
        return findings.attempt("base_model", lambda: parse_digest(text, field="it"))
    return findings.attempt("base_model", lambda: tuple(base_model_files(find_place(text, folder))))


def _read_training(top: Mapping[str, Json], folder: Path, findings: Findings) -> Mapping[str, Json]:
    """The options of training. A name and prompts at the top of the recipe belong to them, too."""
    if "training" not in top:
        findings.problems.append("training: missing; give network_dim, learning_rate, max_train_steps ...")
        return {}
    training = dict(findings.take(check_section(TRAINING, top["training"], what="training")).values)
    for key in ("output_name", "sample_prompts"):
        if key in top and key in training and top[key] != training[key]:
            findings.problems.append(f"{key}: it is there twice, here and in training; keep one")
        elif key in top:
            training[key] = top[key]
    if "sample_prompts" in training:
        prompts = findings.attempt("sample_prompts", lambda: read_prompts(training["sample_prompts"], folder))
        training["sample_prompts"] = prompts
    return training


def _match_entries(captioning: Captioning | None, datasets: tuple[Dataset, ...], findings: Findings) -> None:
    ids = [dataset.id for dataset in datasets]
    for name in captioning.entries if captioning else ():
        if ids and name not in ids:
            findings.problems.append(
                f"captioning.entries.{name}: no dataset has this id; there are {', '.join(ids)}"
            )
