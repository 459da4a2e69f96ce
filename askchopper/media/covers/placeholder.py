"""Cover images: the generated placeholder, the stored sizes, the social card, the dominant hue.

Works on images in memory.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont, ImageOps

COVER_SIZES = (96, 320, 640)
CARD_SIZE = (1200, 630)
_WEBP_QUALITY = {96: 82, 320: 72, 640: 78}
_BASE = "#0d0d0d"
_BASE_RGB = (13, 13, 13)
_TITLE_RGB = (245, 243, 239)
_CREATOR_RGB = (184, 180, 172)
_PLAYED_RGB = (255, 178, 36)
_UNPLAYED_RGB = (110, 107, 101)
_WAVE_HEIGHT, _WAVE_MIDDLE = 110, 450
CARD_BARS = 56
_VIEW = 320
_BAR_COUNT = 8
_LEAN_TANGENT = 0.21256  # 12 degrees


def chop_cover(seed: str, hue: int, *, size: int = 640) -> Image.Image:
    """Return the placeholder cover as a raster image: eight bars and a diagonal cut.

    Args:
        seed: any stable text, such as the pack id; the same text gives the same drawing.
        hue: colour of background and bars in degrees, taken modulo 360.
        size: edge length in pixels.

    Returns:
        An RGB picture.
    """
    digest = hashlib.sha256(seed.encode()).digest()
    angle = hue % 360
    scale = 2 * size / _VIEW  # drawn twice as large: Pillow's edges are not smooth
    image = Image.new("RGB", (2 * size, 2 * size), ImageColor.getrgb(f"hsl({angle},30%,16%)"))
    draw = ImageDraw.Draw(image)
    for left, top, width, height in _bar_boxes(digest):
        box = [scale * edge for edge in (left, top, left + width, top + height)]
        draw.rounded_rectangle(box, radius=scale * width / 2, fill=ImageColor.getrgb(f"hsl({angle},30%,62%)"))
    draw.polygon([(scale * x, scale * y) for x, y in _cut_corners(digest)], fill=_BASE)
    return image.resize((size, size), Image.Resampling.BOX)


def encode_covers(image: Image.Image) -> dict[int, bytes]:
    """Encode the stored sizes of a cover, cropped to a centred square.

    Args:
        image: any size and mode.

    Returns:
        WebP bytes by edge length in pixels: 96, 320 and 640.
    """
    square = _square(image)
    return {size: _webp(square, size) for size in COVER_SIZES}


@dataclass(frozen=True)
class CardText:
    """The texts and the waveform of a social card.

    Args:
        title: title of the pack; set smaller and on up to three lines when long.
        creator: name under the title.
        facts: short facts on one line, such as ``"128 BPM"``, ``"A minor"``, ``"30 tokens"``.
        bars: the waveform, 0 to 127 each; none for no waveform.
    """

    title: str
    creator: str
    facts: tuple[str, ...] = ()
    bars: tuple[int, ...] = ()


def social_card(image: Image.Image, text: CardText, *, font_path: Path | None = None) -> bytes:
    """Compose the 1200 x 630 image for link previews.

    Args:
        image: the cover, any size.
        text: title, creator, facts and waveform.
        font_path: TrueType or OpenType file; Pillow's built-in face when None.

    Returns:
        JPEG bytes.

    Raises:
        OSError: the font file cannot be read.
    """
    width, height = CARD_SIZE
    square = _square(image)
    small = square.resize((60, 60), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(3))
    wash = small.resize((width, width), Image.Resampling.BICUBIC)
    top = (width - height) // 2
    card = Image.blend(wash.crop((0, top, width, top + height)), Image.new("RGB", CARD_SIZE, _BASE_RGB), 0.78)
    edge = height - 128
    card.paste(square.resize((edge, edge), Image.Resampling.LANCZOS), (64, 64))
    left = edge + 120
    _write_names(card, text.title, text.creator, left=left, font_path=font_path)
    _draw_waveform(card, text.bars, left=left)
    facts = _font(font_path, 30)
    ImageDraw.Draw(card).text((left, height - 64), "   ".join(text.facts), font=facts, fill=_TITLE_RGB, anchor="ls")
    target = io.BytesIO()
    card.save(target, "JPEG", quality=86, optimize=True)
    return target.getvalue()


def dominant_hue(image: Image.Image) -> int:
    """Return the most prominent hue of an image.

    Args:
        image: any size and mode.

    Returns:
        Hue in degrees, 0-359; 40 (a warm grey) for a picture without colour.
    """
    small = image.convert("RGB").resize((64, 64), Image.Resampling.BOX).convert("HSV")
    hue, saturation, value = (channel.ravel() for channel in np.moveaxis(np.asarray(small), 2, 0))
    weight = (saturation / 255.0) ** 1.5 * (value / 255.0)
    if float(weight.mean()) < 0.01:
        return 40
    histogram = np.bincount(hue.astype(np.int64), weights=weight, minlength=256)
    wrapped = np.concatenate([histogram[-8:], histogram, histogram[:8]])
    smooth = np.convolve(wrapped, np.hanning(17), mode="valid")
    return round(int(np.argmax(smooth)) * 360 / 256) % 360


def _bar_boxes(digest: bytes) -> Iterator[tuple[float, float, float, float]]:
    """Yield left, top, width and height of each bar in drawing units."""
    margin, gap = 44.0, 11.0
    width = (_VIEW - 2 * margin - gap * (_BAR_COUNT - 1)) / _BAR_COUNT
    for index in range(_BAR_COUNT):
        height = _VIEW * (0.18 + 0.58 * digest[index] / 255)
        yield margin + index * (width + gap), (_VIEW - height) / 2, width, height


def _cut_corners(digest: bytes) -> list[tuple[float, int]]:
    centre = _VIEW * (0.36 + 0.28 * digest[8] / 255)
    half, reach = 11.0, _VIEW / 2 * _LEAN_TANGENT
    top, bottom = centre + reach, centre - reach
    return [(top - half, 0), (top + half, 0), (bottom + half, _VIEW), (bottom - half, _VIEW)]


def _square(image: Image.Image) -> Image.Image:
    rgb = image.convert("RGB")
    edge = min(rgb.size)
    return rgb if rgb.size == (edge, edge) else ImageOps.fit(rgb, (edge, edge))


def _webp(square: Image.Image, size: int) -> bytes:
    target = io.BytesIO()
    scaled = square
    if square.size != (size, size):
        scaled = square.resize((size, size), Image.Resampling.LANCZOS)
    scaled.save(target, "WEBP", quality=_WEBP_QUALITY[size], method=3)
    return target.getvalue()


def _write_names(card: Image.Image, title: str, creator: str, *, left: int, font_path: Path | None) -> None:
    draw = ImageDraw.Draw(card)
    room = CARD_SIZE[0] - left - 64
    size, lines = 72, [title]
    for candidate in (72, 60, 48, 40):
        size = candidate
        lines = _wrapped(draw, title, font=_font(font_path, candidate), room=room)
        if len(lines) <= 3:
            break
    lines = lines[:4]
    y = 60
    for line in lines:
        draw.text((left, y), line, font=_font(font_path, size), fill=_TITLE_RGB)
        y += round(size * 1.15)
    draw.text((left, y + 20), creator, font=_font(font_path, 32), fill=_CREATOR_RGB)


def _draw_waveform(card: Image.Image, bars: tuple[int, ...], *, left: int) -> None:
    """Draw waveform bars of equal width above the facts, with the first third in the colour of the played part."""
    if not bars:
        return
    draw = ImageDraw.Draw(card)
    step = (CARD_SIZE[0] - 64 - left) / len(bars)
    for place, bar in enumerate(bars):
        half = max(1.5, _WAVE_HEIGHT / 2 * bar / 127)
        x = left + place * step
        colour = _PLAYED_RGB if place < len(bars) / 3 else _UNPLAYED_RGB
        draw.rounded_rectangle(
            (x, _WAVE_MIDDLE - half, x + step * 0.6, _WAVE_MIDDLE + half), radius=step * 0.3, fill=colour
        )


def _wrapped(
    draw: ImageDraw.ImageDraw,
    text: str,
    *,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    room: int,
) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=font) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [text]


def _font(path: Path | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if path is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(str(path), size)
