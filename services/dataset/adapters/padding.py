"""Makes PNGs of pictures for other tools with Pillow: as they are, or on a square."""

import io
import warnings

from PIL import Image

from services.dataset.domain.rendering import Rendering

_PNG_LEVEL = 4


class PillowRenderer:
    """The renderer of the service."""

    def render(self, picture: bytes, wanted: Rendering) -> bytes:
        """See `services.dataset.ports.Renderer`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata nobody asked for
            with Image.open(io.BytesIO(picture)) as opened:
                image = opened.convert("RGB")
        if wanted.pad == "square" and image.width != image.height:
            side = max(image.size)
            square = Image.new("RGB", (side, side), wanted.background)
            square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
            image = square
        image.info = {}
        file = io.BytesIO()
        image.save(file, "PNG", compress_level=_PNG_LEVEL)
        return file.getvalue()
