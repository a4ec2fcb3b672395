"""What the encoder's jobs are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from bakehouse.digest import Digest, parse_digest

Dtype = Literal["float32", "float16", "bfloat16"]

# As safetensors names them.
STORED_DTYPES: Mapping[str, str] = {"float32": "F32", "float16": "F16", "bfloat16": "BF16"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSpec:
    """Of `encoder.register`: the listing of a base model's files, in the project `shared`."""

    files: Digest

    def __post_init__(self) -> None:
        parse_digest(self.files, field="files")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentsSpec:
    """Of `encoder.latents`. `dtype` is what the VAE computes in and latents are stored in."""

    base_model: Digest
    dtype: Dtype = "float32"

    def __post_init__(self) -> None:
        parse_digest(self.base_model, field="base_model")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsSpec:
    """Of `encoder.texts`. With `dropout` the empty text is encoded, too."""

    base_model: Digest
    dtype: Dtype = "float32"
    max_token_length: int = 75
    clip_skip: Annotated[int, Field(ge=1)] = 1
    dropout: bool = True

    def __post_init__(self) -> None:
        parse_digest(self.base_model, field="base_model")
