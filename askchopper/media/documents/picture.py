"""Prepares an untrusted image for the model: upright, scaled down, without metadata."""

import io
from pathlib import Path

from PIL import Image, ImageOps

from askchopper.media.documents.extract import DocumentError, Extract

MAX_PIXELS = 40_000_000
MAX_SIDE = 1568
_MAX_PNG_BYTES = 3 << 20
_SCALABLE = ("L", "LA", "RGB", "RGBA", "CMYK")
_FORMATS = ("JPEG", "PNG", "WEBP")
_TOO_MANY = f"The image has more than {MAX_PIXELS // 1_000_000} million pixels. Save it smaller."
_DAMAGED = "This image is damaged and cannot be opened. Save it again."
_JPEG_QUALITY = 88


def read(path: Path) -> Extract:
    """Prepare an image.

    Args:
        path: file on disk.

    Returns:
        The re-encoded image, at most ``MAX_SIDE`` pixels long and without metadata, and its dimensions.

    Raises:
        DocumentError: damaged, or too many pixels; nothing is decoded then.
    """
    image = _opened(path)
    width, height = image.size
    try:
        image.draft(None, (MAX_SIDE, MAX_SIDE))  # a large JPEG is decoded at half, a quarter or an eighth of its size
        small = _small(image)
    except MemoryError:
        raise
    except Exception as error:  # Pillow's readers raise whatever the damage leads to
        raise DocumentError(_DAMAGED) from error
    content, media_type = _encoded(small, is_drawn=image.format == "PNG")
    facts = {"width": width, "height": height, "shown_width": small.width, "shown_height": small.height}
    return Extract(facts=facts, picture=content, picture_type=media_type)


def _opened(path: Path) -> Image.Image:
    try:
        image = Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise DocumentError(_TOO_MANY) from error
    except Exception as error:  # as above
        raise DocumentError(_DAMAGED) from error
    if image.width * image.height > MAX_PIXELS:
        raise DocumentError(_TOO_MANY)
    return image


def _small(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit greys; converting them directly would cut them off at 255
        image = image.convert("F").point(lambda value: value / 256).convert("L")
    if image.mode in _SCALABLE:  # first of all, since every copy of a large image costs memory
        image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    upright = ImageOps.exif_transpose(image)
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    fresh = Image.new(plain.mode, plain.size)  # a new image has no metadata
    fresh.paste(plain)
    return fresh


def _encoded(image: Image.Image, *, is_drawn: bool) -> tuple[bytes, str]:
    """Encode drawings and screenshots losslessly; encode photographs and large results as JPEG on a white background."""
    target = io.BytesIO()
    if is_drawn or image.mode == "RGBA":
        image.save(target, "PNG", optimize=False)
        if target.tell() <= _MAX_PNG_BYTES:
            return target.getvalue(), "image/png"
        target = io.BytesIO()
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    image.save(target, "JPEG", quality=_JPEG_QUALITY)
    return target.getvalue(), "image/jpeg"
