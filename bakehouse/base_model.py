"""The description of a registered base model: what it is made of, by digest. Stored as JSON in `shared`.

Free of torch: planners and the gateway read it. Loading what it describes is for `bakehouse/models/`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from bakehouse.blobs.blobs import Blobs
from bakehouse.canonical_json import Json, canonical_bytes
from bakehouse.digest import Digest, parse_digest
from bakehouse.errors import CorruptionError, InvalidInputError, NotFoundError
from bakehouse.families import FamilyFacts, find_family
from bakehouse.spec import parse_spec

SHARED = "shared"

Layout = Literal["diffusers", "single"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    """A base model.

    `files` is the listing it was registered from, `alignment` the pixels that the sides of a picture must be
    a multiple of, `components` the digest of each part: of its tensors and of what in its configuration
    changes their result.
    """

    family: str
    layout: Layout
    files: Digest
    alignment: Annotated[int, Field(ge=1)]
    latent_channels: Annotated[int, Field(ge=1)]
    vae_factor: Annotated[int, Field(ge=1)]
    components: Mapping[str, Digest]

    def __post_init__(self) -> None:
        parse_digest(self.files, field="files")
        for name, digest in self.components.items():
            parse_digest(digest, field=name)
        if missing := sorted(set(self.facts.components) - self.components.keys()):
            raise InvalidInputError(f"a {self.family} model without {', '.join(missing)}; register it again")

    @property
    def facts(self) -> FamilyFacts:
        """What is true of all its family."""
        return find_family(self.family)

    def to_json(self) -> Json:
        """As it is stored."""
        return {
            "family": self.family,
            "layout": self.layout,
            "files": self.files,
            "alignment": self.alignment,
            "latent_channels": self.latent_channels,
            "vae_factor": self.vae_factor,
            "components": dict(self.components),
        }

    def check_size(self, width: int, height: int) -> None:
        """Refuse a size of picture that the model can't take.

        Raises:
            InvalidInputError: a side is no multiple of its alignment.
        """
        if width % self.alignment or height % self.alignment or width <= 0 or height <= 0:
            raise InvalidInputError(
                f"{width}x{height} px: this {self.family} model takes multiples of {self.alignment} px; give "
                f"the dataset an alignment of {self.alignment} and a resolution that it divides",
                field="alignment",
            )


def parse_base_model(data: Json) -> BaseModel:
    """The description that `to_json` gave.

    Raises:
        InvalidInputError: it is none, or its family unknown.
    """
    return parse_spec(BaseModel, data, what="base model")


def shared_blobs(blobs: Blobs) -> Blobs:
    """The blobs of the project in which base models are, in the same store."""
    return Blobs(blobs.store, SHARED)


def save_base_model(blobs: Blobs, model: BaseModel) -> Digest:
    """Store a description in `shared`, whatever the project of `blobs`."""
    return shared_blobs(blobs).put(canonical_bytes(model.to_json()))


def load_base_model(blobs: Blobs, digest: Digest) -> BaseModel:
    """The description with this digest, from `shared`, whatever the project of `blobs`.

    Raises:
        NotFoundError: no model was registered with it.
        CorruptionError: it is no description, or damaged.
    """
    try:
        return parse_base_model(json.loads(shared_blobs(blobs).get(digest)))
    except NotFoundError as error:
        raise NotFoundError(f"base model {digest} is not registered; register it first") from error
    except (ValueError, InvalidInputError) as error:
        raise CorruptionError(f"blob {digest} describes no base model; register it again") from error
