"""What is true of every model of a family, without torch: for planning, recipes and messages.

What differs between models of a family (alignment, tensors) is in `bakehouse/base_model.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.errors import InvalidInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyFacts:
    """A family of models.

    `alignment` is that of the published models, in pixels; `vae_factor` is pixels a latent; `chunk_tokens`
    is how many tokens the text encoder takes at once, beside its marks of begin and end; `max_token_lengths`
    are the lengths of captions that it can be trained on. `pads_texts`: it attends to the
    padding, too, so that a stored text has the positions of its padding. `pipelines` are diffusers' names of
    it; `architecture` and `base_model_version` are what an adapter's metadata calls it (modelspec, kohya).
    """

    name: str
    title: str
    alignment: int
    vae_factor: int
    latent_channels: int
    chunk_tokens: int
    max_token_lengths: tuple[int, ...]
    pads_texts: bool
    components: tuple[str, ...]
    pipelines: tuple[str, ...]
    architecture: str
    base_model_version: str

    def stored_positions(self, max_token_length: int) -> int:
        """How many hidden states a padded text of `max_token_length` has: those, a begin and an end.

        Raises:
            InvalidInputError: the family takes no such length.
        """
        if max_token_length not in self.max_token_lengths:
            known = ", ".join(map(str, self.max_token_lengths))
            raise InvalidInputError(
                f"max_token_length: {max_token_length}; {self.title} takes {known}", field="max_token_length"
            )
        return max_token_length + 2


SD15 = FamilyFacts(
    name="sd15",
    title="Stable Diffusion 1.5",
    alignment=64,
    vae_factor=8,
    latent_channels=4,
    chunk_tokens=75,
    max_token_lengths=(75, 150, 225),
    pads_texts=True,
    components=("denoiser", "scheduler", "text_encoder", "tokenizer", "vae"),
    pipelines=("StableDiffusionPipeline",),
    architecture="stable-diffusion-v1",
    base_model_version="sd_v1",
)

FAMILIES: Mapping[str, FamilyFacts] = {facts.name: facts for facts in (SD15,)}


def find_family(name: str) -> FamilyFacts:
    """The facts of the family `name`.

    Raises:
        InvalidInputError: there is none; the message says which there are.
    """
    if name not in FAMILIES:
        raise InvalidInputError(f"family {name[:60]!r} is unknown; {known_families()}", field="family")
    return FAMILIES[name]


def known_families() -> str:
    """For messages: the families that there are."""
    return "there are " + ", ".join(f"{facts.name} ({facts.title})" for facts in FAMILIES.values())
