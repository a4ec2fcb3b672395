from bakehouse.digest import digest_bytes
from services.encoder.domain.caption_text import KeyedText, TextUnit
from services.encoder.domain.crop import LatentUnit
from services.encoder.units import LATENT_WIRE, REGISTER_WIRE, TEXT_WIRE, RegisterUnit
from tests.services.encoder.domain.test_crop import crop

DIGEST = digest_bytes(b"something")


def test_units_come_back_as_they_were() -> None:
    latents = LatentUnit(batches=((crop(1), crop(2)), (crop(3, flip=True),)))
    texts = TextUnit(batches=((KeyedText(key=DIGEST, text="a red circle"),),))
    register = RegisterUnit(key=DIGEST, files=DIGEST)
    assert LATENT_WIRE.decode(LATENT_WIRE.encode(latents)) == latents
    assert TEXT_WIRE.decode(TEXT_WIRE.encode(texts)) == texts
    assert REGISTER_WIRE.decode(REGISTER_WIRE.encode(register)) == register
