"""Any pixel format and colour profile to 8-bit sRGB before a background, with Pillow."""

import io
from functools import lru_cache

from PIL import Image, ImageCms

from services.dataset.ports import BrokenPictureError

# What a profile may be for, and the pixel format that its transform takes.
_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_UNNOTICED = 2  # of 255: a profile that moves no colour further is sRGB under another name
# Pixel formats that Pillow's convert("RGB") makes sRGB of, and what a profile of theirs is for.
_PLAIN = {"RGB": "RGB", "L": "L", "P": "RGB", "RGBA": "RGB", "LA": "L"}
_OPAQUE = 255


def is_plain_colour(image: Image.Image) -> bool:
    """Whether Pillow's `convert("RGB")` is all that there is to do, but for transparent pixels."""
    kind = _PLAIN.get(image.mode)
    return kind is not None and "transparency" not in image.info and _worth_it(_profile(image), kind) is None


def opacity(image: Image.Image) -> Image.Image | None:
    """How opaque each pixel is, in grey; None where all are."""
    if not _has_alpha(image) or image.mode.startswith("I"):
        return None
    alpha = _with_alpha(image).getchannel("A")
    return None if alpha.getextrema() == (_OPAQUE, _OPAQUE) else alpha


def to_srgb(image: Image.Image, background: tuple[int, int, int], alpha: Image.Image | None) -> Image.Image:
    """The picture as RGB, before a background where it has `alpha`.

    Raises:
        BrokenPictureError: its pixels are of a kind that has no colours (32-bit measurements).
    """
    profile = _profile(image)
    if alpha is None:
        return _transformed(_eight_bits(image), profile)
    flat = Image.new("RGB", image.size, background)
    flat.paste(_transformed(_with_alpha(image).convert("RGB"), profile), mask=alpha)
    return flat


def _with_alpha(image: Image.Image) -> Image.Image:
    if image.mode == "RGBA":
        return image  # Pillow would copy it
    return (image.convert("LA") if image.mode == "La" else image).convert("RGBA")


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode == "I":
        low, high = image.convert("I").getextrema()
        if isinstance(low, int | float) and isinstance(high, int | float) and 0 <= low <= high <= 65_535:
            return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
        raise _unsupported(image.mode)
    if image.mode in {"F", "LAB", "HSV"}:
        raise _unsupported(image.mode)
    if image.mode in {"1", "P", "YCbCr", "RGBX"}:
        return image.convert("RGB")
    return _with_alpha(image).convert("RGB") if _has_alpha(image) else image


def _transformed(image: Image.Image, profile: bytes) -> Image.Image:
    transform = _worth_it(profile, image.mode)
    changed = None if transform is None else ImageCms.applyTransform(image, transform)
    return changed or (image if image.mode == "RGB" else image.convert("RGB"))


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info


def _profile(image: Image.Image) -> bytes:
    found = image.info.get("icc_profile")
    return found if isinstance(found, bytes) else b""


@lru_cache(maxsize=64)
def _worth_it(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform of a profile, None where it changes nothing worth seeing, tried on many colours."""
    transform = _transform(profile, mode) if profile else None
    if transform is None or mode != "RGB":
        return transform
    steps = range(0, 256, 51)
    before = bytes(level for r in steps for g in steps for b in steps for level in (r, g, b))
    card = Image.frombytes("RGB", (len(before) // 3, 1), before)
    after = (ImageCms.applyTransform(card, transform) or card).tobytes()
    furthest = max(abs(one - other) for one, other in zip(before, after, strict=True))
    return None if furthest <= _UNNOTICED else transform


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From `profile` to sRGB for pictures of `mode`; None where it is damaged or for other pixels."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _SPACES.get(source.profile.xcolor_space.strip()) != mode:
            return None
        target = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(source, target, mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC)
    except (OSError, ImageCms.PyCMSError):
        return None  # as every browser does: a profile that can't be read is no profile


def _unsupported(mode: str) -> BrokenPictureError:
    return BrokenPictureError(
        "odd_pixels", f"pixels of kind {mode} have no colours; save it with 8 or 16 bits"
    )
