"""Base models and taggers: the files that are needed, and what is refused with its remedy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.errors import InvalidInputError
from bakehouse.recipe.models import base_model_files, tagger_files
from tests.bakehouse.recipe.kitchen import make_base, make_tagger


def test_of_a_diffusers_folder_what_is_needed_is_taken(tmp_path: Path) -> None:
    assert [file.name for file in base_model_files(make_base(tmp_path / "base"))] == [
        "model_index.json",
        "tokenizer/merges.txt",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
    ]


def test_where_there_are_only_half_weights_they_are_taken(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    (base / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    names = [file.name for file in base_model_files(base)]
    assert "vae/diffusion_pytorch_model.fp16.safetensors" in names


def test_a_single_file_is_a_base_model(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"x")
    assert [(file.name, file.path) for file in base_model_files(path)] == [("model.safetensors", path)]


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".bin", ".PTH"])
def test_a_pickle_is_refused_with_the_way_to_convert_it(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"x")
    with pytest.raises(InvalidInputError, match=r"pickle.*save_file"):
        base_model_files(path)


def test_a_folder_of_pickles_is_refused(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    for path in (base / "vae").glob("*.safetensors"):
        path.rename(path.with_suffix(".bin"))
    with pytest.raises(InvalidInputError, match=r"\.bin is a pickle"):
        base_model_files(base)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone.safetensors", "is not there"),
        ("runwayml/stable-diffusion-v1-5", "hf download"),
        ("model.onnx", "is no model"),
        ("empty", "has no model_index.json"),
    ],
)
def test_what_is_no_base_model_is_refused(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "model.onnx").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInputError, match=words):
        base_model_files(tmp_path / name)


def test_a_folder_that_lacks_a_component_is_refused(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    index = json.loads((base / "model_index.json").read_text()) | {"scheduler": ["d", "S"]}
    (base / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(InvalidInputError, match="has no scheduler"):
        base_model_files(base)


def test_an_index_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("[]")
    with pytest.raises(InvalidInputError, match="download it anew"):
        base_model_files(tmp_path)


def test_a_tagger_has_two_files(tmp_path: Path) -> None:
    names = [file.name for file in tagger_files(make_tagger(tmp_path / "tagger"))]
    assert names == ["model.onnx", "selected_tags.csv"]


def test_a_tagger_that_lacks_one_is_refused(tmp_path: Path) -> None:
    tagger = make_tagger(tmp_path / "tagger")
    (tagger / "selected_tags.csv").unlink()
    with pytest.raises(InvalidInputError, match=r"has no selected_tags\.csv"):
        tagger_files(tagger)
    with pytest.raises(InvalidInputError, match="is not there"):
        tagger_files(tmp_path / "gone")


def test_the_way_to_convert_a_pickle_works(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"state_dict": {"w": torch.ones(2, 3).t(), "step": 3}}, tmp_path / "in.ckpt")
    with pytest.raises(InvalidInputError) as caught:
        base_model_files(tmp_path / "in.ckpt")
    program = caught.value.message.partition('python -c "')[2].removesuffix('"')
    program = program.replace("IN", str(tmp_path / "in.ckpt")).replace("OUT", str(tmp_path / "out"))
    subprocess.run([sys.executable, "-c", program], check=True)
    assert (tmp_path / "out.safetensors").stat().st_size > 24
