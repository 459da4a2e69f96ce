"""Sanitises and re-encodes user-uploaded cover images.

Run it in a child process: ``child_process.run(cover_image.sanitise_cover, path)``. Dimensions are checked before decoding.
"""

import io
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from askchopper import policy
from askchopper.media.covers import placeholder

MAX_PIXELS = 40_000_000
SHARP_PIXELS = 500
_LEAST_PIXELS = 96
_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
_ANIMATED_FORMATS = ("PNG", "WEBP", "AVIF")  # the second image in a phone's JPEG is not an animation frame
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_BASE_RGB = (13, 13, 13)
_AVIF_QUALITY, _AVIF_SPEED = 62, 7
_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip


class CoverError(ValueError):
    """The image cannot be used as a cover; the message says why and what to do."""


@dataclass(frozen=True)
class CoverFiles:
    """A cover in its stored sizes.

    Args:
        webp: WebP bytes by edge length in pixels: 96, 320 and 640.
        avif: AVIF bytes of the sizes where it is smaller than WebP.
        hue: dominant hue in degrees, 0-359.
        findings: warnings for the creator.
    """

    webp: dict[int, bytes] = field(repr=False)
    avif: dict[int, bytes] = field(repr=False)
    hue: int
    findings: tuple[str, ...] = ()


def sanitise_cover(path: Path) -> CoverFiles:
    """Make a cover from an untrusted image file.

    It is rotated upright, converted to sRGB, cropped to a centred square, and stripped of metadata.

    Args:
        path: file on disk; its content decides, not its name.

    Returns:
        The stored sizes.

    Raises:
        CoverError: unknown format, damaged, animated, too small or too large.
        FileNotFoundError: there is no such file.
    """
    if path.stat().st_size > policy.MAX_COVER_BYTES:
        raise CoverError(f"The image is larger than {policy.megabytes(policy.MAX_COVER_BYTES)}. Save it smaller.")
    with _opened(path) as image:
        findings = _findings(image.size)
        square = _square(image)
    return encode(square, findings=findings)


def encode(image: Image.Image, *, findings: tuple[str, ...] = ()) -> CoverFiles:
    """Encode a trusted image, such as ``placeholder.chop_cover``, in the sizes and formats that ``sanitise_cover`` returns."""
    webp = placeholder.encode_covers(image)
    avif = {size: content for size in webp if len(content := _avif(image, size)) < len(webp[size])}
    return CoverFiles(webp=webp, avif=avif, hue=placeholder.dominant_hue(image), findings=findings)


def card(webp: bytes, text: placeholder.CardText, *, font_path: Path | None = None) -> bytes:
    """Compose the link-preview image from a stored cover.

    Args:
        webp: the largest size of ``CoverFiles``.
        text: title, creator, facts and waveform.
        font_path: font file; Pillow's built-in face when None.

    Returns:
        JPEG bytes, 1200 x 630.
    """
    with Image.open(io.BytesIO(webp), formats=["WEBP"]) as image:
        return placeholder.social_card(image, text, font_path=font_path)


def _opened(path: Path) -> Image.Image:
    """Open an image without decoding it.

    Raises:
        CoverError: its format is not supported, it is animated, or its size is out of bounds.
    """
    with path.open("rb") as file:
        head = file.read(32)
    if sentence := _refusal(head):
        raise CoverError(sentence)
    try:
        image = Image.open(path, formats=_FORMATS)
        is_moving = image.format in _ANIMATED_FORMATS and getattr(image, "n_frames", 1) > 1
    except Image.DecompressionBombError as error:
        raise CoverError(_too_many_pixels()) from error
    except Exception as error:  # Pillow raises many exception types for damaged files
        raise CoverError("This is not an image that we can open. Use JPEG, PNG, WebP or AVIF.") from error
    if image.width * image.height > MAX_PIXELS:
        raise CoverError(_too_many_pixels())
    if min(image.size) < _LEAST_PIXELS:
        raise CoverError(
            f"The image has only {_size(image.size)} pixels. Use one of at least {SHARP_PIXELS} x {SHARP_PIXELS}."
        )
    if is_moving:
        raise CoverError("Animated covers are not supported. Save a single frame as JPEG or PNG.")
    return image


def _refusal(head: bytes) -> str:
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF has too few colours for a cover. Save the image as JPEG, PNG, WebP or AVIF."
    # Some AVIF files begin with the brand mif1, too, and list avif after it.
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS and b"avif" not in head:
        return "HEIC does not open in most browsers. Save the image as JPEG, PNG, WebP or AVIF."
    return ""


def _findings(size: tuple[int, int]) -> tuple[str, ...]:
    if min(size) >= SHARP_PIXELS:
        return ()
    return (
        f"The cover has only {_size(size)} pixels and will look soft. Use one of at least {SHARP_PIXELS} x {SHARP_PIXELS}.",
    )


def _square(image: Image.Image) -> Image.Image:
    try:
        largest = 2 * max(placeholder.COVER_SIZES)
        image.draft(None, (largest, largest))  # a large JPEG is decoded at half, a quarter or an eighth of its size
        image.load()
        flat = _in_srgb(image)
    except Exception as error:
        raise CoverError("The image is damaged. Save it again.") from error
    upright = flat.transpose(turn) if (turn := _turn(image)) else flat
    edge = min(*upright.size, largest)
    square = ImageOps.fit(upright, (edge, edge))
    square.info.clear()  # Pillow copies profiles and comments from here into what it writes
    return square


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # unreadable EXIF data; the picture is used as it is
        return None


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return an opaque RGB image in sRGB."""
    if image.mode.startswith("I"):  # 16-bit greys; converting them directly would cut them off at 255
        return image.convert("F").point(lambda value: value / 256).convert("L").convert("RGB")
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    rgb = _profiled(image).convert("RGB")
    return rgb if alpha is None else Image.composite(rgb, Image.new("RGB", rgb.size, _BASE_RGB), alpha)


def _profiled(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    plain = image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")
    if not profile:
        return plain
    try:
        source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(plain, source, target, outputMode="RGB") or plain
    except Exception:  # a broken profile; use the colours as they are
        return plain


def _avif(image: Image.Image, size: int) -> bytes:
    target = io.BytesIO()
    scaled = ImageOps.fit(image.convert("RGB"), (size, size), Image.Resampling.LANCZOS)
    scaled.save(target, "AVIF", quality=_AVIF_QUALITY, speed=_AVIF_SPEED, max_threads=1)
    return target.getvalue()


def _too_many_pixels() -> str:
    return (
        f"The image has more than {MAX_PIXELS // 1_000_000} million pixels. Save it smaller; 1,500 x 1,500 is plenty."
    )


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]:,} x {size[1]:,}"
