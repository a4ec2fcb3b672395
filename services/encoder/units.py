"""The units of the encoder as a plan has them."""

from dataclasses import dataclass

from bakehouse.digest import Digest
from bakehouse.wire import Wire
from services.encoder.domain.caption_text import TextUnit
from services.encoder.domain.crop import LatentUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterUnit:
    """A base model to read: `key` is that of its description, `files` its listing."""

    key: Digest
    files: Digest


LATENT_WIRE = Wire(LatentUnit, schema=1, what="unit of encoder.latents")
TEXT_WIRE = Wire(TextUnit, schema=1, what="unit of encoder.texts")
REGISTER_WIRE = Wire(RegisterUnit, schema=1, what="unit of encoder.register")
