"""Folders that recipes name: pictures, a tagger, a base model. Nothing in them is real but the names."""

import json
from pathlib import Path
from typing import Any

COMPONENTS = {"vae": ["d", "A"], "unet": ["d", "U"], "tokenizer": ["t", "T"], "safety_checker": [None, None]}


def make_pictures(folder: Path, *, captioned: bool = True, num: int = 3) -> Path:
    folder.mkdir(parents=True)
    for number in range(num):
        (folder / f"{number}.png").write_bytes(b"picture %d" % number)
        if captioned:
            (folder / f"{number}.txt").write_text(f"caption {number}")
    return folder


def make_tagger(folder: Path) -> Path:
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"network")
    (folder / "selected_tags.csv").write_text("tag_id,name,category,count\n")
    (folder / "notes.md").write_text("not needed")
    return folder


def make_base(folder: Path) -> Path:
    folder.mkdir()
    index = {"_class_name": "StableDiffusionPipeline", "requires_safety_checker": False, **COMPONENTS}
    (folder / "model_index.json").write_text(json.dumps(index))
    for name in ("vae", "unet"):
        (folder / name).mkdir()
        (folder / name / "config.json").write_text("{}")
        (folder / name / "diffusion_pytorch_model.safetensors").write_bytes(name.encode())
        (folder / name / "diffusion_pytorch_model.fp16.safetensors").write_bytes(b"half")
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer" / "merges.txt").write_text("#version")
    (folder / "v1-5-pruned.safetensors").write_bytes(b"once more")
    return folder


def make_kitchen(folder: Path) -> dict[str, Any]:
    """All of them in `folder`, and a recipe that names them."""
    make_pictures(folder / "concept")
    make_tagger(folder / "tagger")
    make_base(folder / "base")
    return {
        "base_model": "base",
        "datasets": [{"id": "concept", "instance_data_dir": "concept", "caption_strategy": "textfile"}],
        "captioning": {"tagger": "tagger", "trigger_word": "zobkin"},
        "training": {"network_dim": 8, "learning_rate": "0.0001", "max_train_steps": 10},
    }
