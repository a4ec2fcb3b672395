"""Steps through an animation with Pillow 13.0 so that each frame is what a browser shows.

Frames of GIF and APNG are patches on what was there. Pillow composes them, but for three things that are
mended here, by the attributes that it composes with.
"""

from PIL import Image
from PIL.GifImagePlugin import GifImageFile
from PIL.PngImagePlugin import PngImageFile

_CLEARED = 2  # a GIF's frame that leaves its place clear


def step_to(image: Image.Image, number: int) -> None:
    """Go to a frame that is not before the present one; it is not loaded.

    What a GIF clears is clear: Pillow fills it with a colour where it, or the first frame, was opaque.
    """
    if not isinstance(image, GifImageFile) or number == image.tell():
        image.seek(number)
        return
    if not image.tell():
        _see_through(image)
    for following in range(image.tell() + 1, number + 1):
        image.seek(following)
        _clear_after(image)


def load_frame(image: Image.Image) -> None:
    """Load the frame that was stepped to, so that the next one can be composed on it.

    An APNG's frame may bring back what was before it; Pillow draws it over that when it loads it.
    """
    if not isinstance(image, PngImageFile) or not image.is_animated:
        image.load()
        return
    before = image._prev_im  # noqa: SLF001 - it is kept nowhere else
    kept = None if before is None else before.copy()
    image.load()
    image._prev_im = kept  # noqa: SLF001 - as above


def _see_through(image: GifImageFile) -> None:
    """Make the first frame one that others can clear a part of."""
    image.load()
    whole = image.convert("RGBA")
    image.info.pop("transparency", None)
    image.im, image._mode = whole.im, whole.mode  # noqa: SLF001 - what a frame is drawn on has no other name
    _clear_after(image)


def _clear_after(image: GifImageFile) -> None:
    if image.disposal_method == _CLEARED and image.dispose_extent is not None:
        left, top, right, bottom = image.dispose_extent
        image.dispose = Image.new("RGBA", (right - left, bottom - top), (0, 0, 0, 0)).im
