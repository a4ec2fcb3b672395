"""Which files make a base model or a tagger, and what is none. Opens nothing but model_index.json."""

import json
from collections.abc import Iterator
from pathlib import Path

from bakehouse.errors import InvalidInputError
from bakehouse.recipe.listing import FoundFile

_PICKLES = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl"})
_WEIGHTS = ".safetensors"
_INDEX = "model_index.json"
_KINDS = frozenset({".json", ".txt", ".model", _WEIGHTS})
# They judge or describe pictures; nothing is trained or drawn with them.
_NOT_NEEDED = frozenset({"safety_checker", "feature_extractor", "image_encoder"})
_TAGGER_FILES = ("model.onnx", "selected_tags.csv")
_CONVERT = (
    'a pickle can run code when it is loaded; convert it: python -c "import torch, safetensors.torch as s; '
    "d = torch.load('IN', map_location='cpu', weights_only=True); d = d.get('state_dict', d); "
    "s.save_file({k: v.contiguous().clone() for k, v in d.items() if torch.is_tensor(v)}, "
    "'OUT.safetensors')\""
)


def base_model_files(path: Path) -> list[FoundFile]:
    """The files of a diffusers folder, or a single .safetensors.

    Raises:
        InvalidInputError: it is not there or neither; a pickle is refused with the way to convert it.
    """
    if path.is_dir():
        return _of_folder(path)
    if not path.exists():
        raise InvalidInputError(f"{path} is not there; {_hint(path)}")
    if path.suffix.lower() in _PICKLES:
        raise InvalidInputError(f"{path} is a pickle checkpoint and is refused: {_CONVERT}")
    if path.suffix.lower() != _WEIGHTS:
        raise InvalidInputError(f"{path} is no model; name a diffusers folder or a single {_WEIGHTS} file")
    return [FoundFile(name=path.name, path=path)]


def tagger_files(folder: Path) -> list[FoundFile]:
    """The files of a tagger's folder.

    Raises:
        InvalidInputError: it is not there, or lacks a file.
    """
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "is not there"
        raise InvalidInputError(f"{folder} {what}; name a folder with {' and '.join(_TAGGER_FILES)}")
    for name in _TAGGER_FILES:
        if not (folder / name).is_file():
            raise InvalidInputError(
                f"{folder} has no {name}; a tagger's folder has {' and '.join(_TAGGER_FILES)}"
            )
    return [FoundFile(name=name, path=folder / name) for name in _TAGGER_FILES]


def _of_folder(folder: Path) -> list[FoundFile]:
    if not (folder / _INDEX).is_file():
        raise InvalidInputError(
            f"{folder} has no {_INDEX}; name a folder that diffusers saved, or a single {_WEIGHTS} file"
        )
    files = [FoundFile(name=_INDEX, path=folder / _INDEX)]
    for component in _components(folder / _INDEX):
        if not (folder / component).is_dir():
            raise InvalidInputError(
                f"{folder} has no {component}, which its {_INDEX} names; download it anew"
            )
        files += _of_component(folder / component)
    return files


def _components(index: Path) -> Iterator[str]:
    try:
        table = json.loads(index.read_text(encoding="utf-8"))
        named = {name for name, value in table.items() if isinstance(value, list) and value[:1] != [None]}
    except (OSError, ValueError, AttributeError) as error:
        raise InvalidInputError(f"{index} can't be read ({error}); download it anew") from error
    yield from sorted(named - _NOT_NEEDED)


def _of_component(folder: Path) -> list[FoundFile]:
    found = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    weights = [path for path in found if path.suffix == _WEIGHTS]
    pickles = [path for path in found if path.suffix in _PICKLES]
    if pickles and not weights:
        raise InvalidInputError(f"{pickles[0]} is a pickle and is refused: {_CONVERT}")
    plain = [path for path in weights if not _is_variant(path)]
    chosen = [path for path in found if path.suffix in _KINDS and path.suffix != _WEIGHTS] + (
        plain or weights
    )
    return [FoundFile(name=f"{folder.name}/{path.name}", path=path) for path in chosen]


def _is_variant(path: Path) -> bool:
    """`diffusion_pytorch_model.fp16.safetensors`: the same weights once more, in half precision."""
    return ".fp16." in path.name or ".non_ema." in path.name


def _hint(path: Path) -> str:
    if len(path.parts) >= 2 and not path.parent.exists():
        return (
            "name a diffusers folder or a single .safetensors file, relative to the recipe; a model of the "
            "Hugging Face Hub is downloaded first: hf download OWNER/NAME --local-dir FOLDER"
        )
    return "name a diffusers folder or a single .safetensors file, relative to the recipe"
