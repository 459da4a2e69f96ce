"""Painted cover art for the demo packs: noise, gradients and grain, no two alike."""

import colorsys
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tools.demo.entries import DemoPack
from tools.demo.palettes import PALETTES, ramp, shade
from tools.demo.synth import Signal, seeded

__all__ = ["PAINTERS", "PALETTES", "paint_cover"]

COVER_PIXELS = 640
_WORK = 400
_GRAIN = 0.028


def paint_cover(pack: DemoPack) -> Image.Image:
    """Paint the cover of a pack.

    Args:
        pack: its slug seeds the picture, ``cover`` and ``palette`` choose style and colours.

    Returns:
        RGB image, 640 pixels square.

    Raises:
        KeyError: unknown style or palette.
    """
    rng = seeded("cover", pack.slug)
    picture = PAINTERS[pack.cover](rng, ramp(pack.palette))
    if picture.shape[0] != COVER_PIXELS:
        picture = _resized(picture, COVER_PIXELS)
    return _to_image(_grained(rng, _vignetted(picture, 0.0 if pack.cover == "chop" else 0.22)))


def _marble(rng: np.random.Generator, colours: Signal) -> Signal:
    """Fold noise into itself twice, like ink on water."""
    x, y = _grid(_WORK)
    field = _fractal(rng, octaves=2)
    first = _sample(field, x * 0.5, y * 0.5)
    second = _sample(field, x * 0.5 + 0.37, y * 0.5 + 0.71)
    warp_x = x * 0.52 + 0.5 * (first - 0.5)
    warp_y = y * 0.52 + 0.5 * (second - 0.5)
    third = _sample(field, warp_x + 0.13, warp_y + 0.59)
    fourth = _sample(field, warp_x * 1.2 + 0.61, warp_y * 1.2 + 0.17)
    folded = _sample(field, warp_x + 0.62 * (third - 0.5), warp_y + 0.62 * (fourth - 0.5))
    value = _spread(folded)
    veins = 0.5 + 0.5 * np.sin(value * 11.0 + third * 5.0)
    picture = shade(0.72 * value + 0.24 * veins * np.sqrt(value), colours)
    light = _slope(value, 7.0)[..., None]
    return np.clip(picture * (1.0 + 0.45 * light), 0.0, 1.0)


def _aurora(rng: np.random.Generator, colours: Signal) -> Signal:
    """Hang soft curtains of light in the dark."""
    x, y = _grid(_WORK)
    field = _fractal(rng, octaves=3)
    drift = _sample(field, x * 0.5, y * 0.25) - 0.5
    picture = np.broadcast_to(colours[0] * 0.9, (_WORK, _WORK, 3)).copy()
    for number, tint in enumerate((2, 3, 4, 5)):
        height = 0.3 + 0.14 * number + float(rng.uniform(-0.1, 0.1))
        lean = float(rng.uniform(-0.5, 0.5))
        curtain = y - height - lean * (x - 0.5) - 0.45 * drift
        thick = (0.30, 0.22, 0.13, 0.07)[number]
        strength = np.exp(-np.square(curtain / thick))
        patch = _sample(field, x * 0.35 + 0.23 * number, y * 0.12 + 0.31)
        strength = strength * np.clip(1.6 * _spread(patch) - 0.25 - 0.08 * number, 0.0, 1.0)
        level = (0.85, 0.82, 0.72, 0.55)[number]
        picture += (colours[tint] - picture) * (strength * np.float32(level))[..., None]
    return picture


def _dunes(rng: np.random.Generator, colours: Signal) -> Signal:
    """Stack ridges under a low sun or moon, each one darker."""
    size = COVER_PIXELS
    x, y = _grid(size)
    horizon = float(rng.uniform(0.46, 0.56))
    sky = shade(0.42 + 0.52 * np.clip(y / horizon, 0.0, 1.0) ** 1.5, colours)
    centre = float(rng.uniform(0.28, 0.72)), horizon - float(rng.uniform(0.08, 0.2))
    picture = _with_disc(sky, x, y, centre=centre, radius=float(rng.uniform(0.06, 0.095)), colour=colours[5])
    layers = 6
    for layer in range(layers):
        depth = layer / (layers - 1)
        base = horizon + (1.0 - horizon) * (0.04 + 0.78 * depth**1.15)
        ridge = base - _ridge(rng, size, height=0.09 + 0.09 * depth, sharp=layer % 2 == 0)
        tone_value = 0.56 * (1.0 - depth) ** 1.2
        colour = shade(np.full((1, 1), tone_value, dtype=np.float32), colours)[0, 0]
        below = np.clip((y - ridge[None, :]) * size, 0.0, 1.0)[..., None]
        mist = np.clip((y - ridge[None, :]) * 3.2, 0.0, 1.0)[..., None]
        lit = colour * (1.0 - 0.35 * (1.0 - depth)) + colours[3] * 0.16 * (1.0 - mist)
        picture = picture * (1.0 - below) + np.clip(lit, 0, 1) * below
    return picture


def _sea(rng: np.random.Generator, colours: Signal) -> Signal:
    """Set a disc over water, with clouds above and a broken reflection below."""
    size = COVER_PIXELS
    x, y = _grid(size)
    horizon = float(rng.uniform(0.54, 0.62))
    field = _fractal(rng, octaves=4)
    clouds = _spread(_sample(field, x * 0.55, y * 2.4))
    fade = np.clip(y / horizon, 0.0, 1.0)
    sky = shade(0.16 + 0.62 * fade**1.6 + 0.16 * (clouds - 0.4) * fade, colours)
    across = float(rng.uniform(0.34, 0.64))
    sky = _with_disc(
        sky,
        x,
        y,
        centre=(across, horizon - float(rng.uniform(0.13, 0.24))),
        radius=float(rng.uniform(0.085, 0.12)),
        colour=colours[5],
    )
    depth = np.clip((y - horizon) / (1.0 - horizon), 0.0, 1.0)
    ripple = _sample(field, x * (0.5 + 0.3 * (1 - depth)), depth**0.6 * 9.0)
    water = shade(0.42 * (1.0 - depth) ** 1.6 + 0.12 * (ripple - 0.5), colours)
    width = 0.05 + 0.15 * depth
    glitter = np.exp(-np.square((x - across) / width)) * np.clip(ripple * 3.4 - 1.55, 0.0, 1.0)
    water += (colours[5] - water) * (0.85 * glitter * (1.0 - 0.5 * depth))[..., None]
    is_water = np.clip((y - horizon) * size, 0.0, 1.0)[..., None]
    return sky * (1.0 - is_water) + water * is_water


def _rings(rng: np.random.Generator, colours: Signal) -> Signal:
    """Draw contour bands around an off-centre core, like a cut stone."""
    x, y = _grid(COVER_PIXELS)
    field = _fractal(rng, octaves=3)
    across, down = rng.uniform(0.38, 0.62, 2)
    dx, dy = x - across, y - down
    distance = np.sqrt(np.square(dx) * 1.25 + np.square(dy))
    wobble = _sample(field, x * 0.55 + 0.2, y * 0.55 + 0.4) - 0.5
    fine = _sample(field, x * 2.2, y * 2.2) - 0.5
    height = distance * 1.2 + 0.04 + 0.62 * wobble * np.clip(distance * 2.4, 0.25, 1.0) + 0.035 * fine
    bands = 10.0
    level = height * bands
    whole = np.floor(level)
    order = np.take(_band_order(rng), whole.astype(np.int64) % 16)
    share = level - whole
    tones = np.clip(0.96 - 0.085 * whole + order, 0.1, 1.0)
    picture = shade(tones, colours)
    edge = np.clip(1.0 - share * 6.0, 0.0, 1.0) * (whole > 0)
    return np.clip(picture * (1.0 - 0.34 * edge + 0.08 * share)[..., None], 0.0, 1.0)


def _flow(rng: np.random.Generator, colours: Signal) -> Signal:
    """Brush thousands of strokes along a swirling field."""
    size = COVER_PIXELS
    field = _fractal(rng, octaves=2)
    colour_field = _spread(_sample(_fractal(rng, octaves=3), *_scaled(_grid(160), 0.9)))
    image = _to_image(_resized(shade(0.35 * colour_field, colours), size))
    draw = ImageDraw.Draw(image)
    count, steps = 5_200, 9
    x = rng.uniform(-0.05, 1.05, count).astype(np.float32)
    y = rng.uniform(-0.05, 1.05, count).astype(np.float32)
    places = np.clip((np.stack([y, x]) * 159).astype(np.int64), 0, 159)
    value = colour_field[places[0], places[1]] + rng.normal(0, 0.13, count)
    inks = (shade(value.astype(np.float32), colours) * 255).astype(np.uint8)
    inks = np.clip(inks + rng.normal(0, 9, (count, 1)), 0, 255).astype(np.uint8)
    paths = np.empty((count, steps, 2), dtype=np.float32)
    for step in range(steps):
        paths[:, step, 0], paths[:, step, 1] = x * size, y * size
        angle = _sample(field, x * 0.42, y * 0.42) * np.float32(4.4 * np.pi)
        x, y = x + np.cos(angle) * np.float32(0.0095), y + np.sin(angle) * np.float32(0.0095)
    widths = rng.integers(2, 7, count)
    for path, ink, width in zip(paths.tolist(), inks.tolist(), widths.tolist(), strict=True):
        draw.line([tuple(point) for point in path], fill=tuple(ink), width=width, joint="curve")
    return np.asarray(image.filter(ImageFilter.SMOOTH), dtype=np.float32) / np.float32(255)


def _chop(rng: np.random.Generator, colours: Signal) -> Signal:
    """Draw eight rounded bars and the leaning cut, in one hue."""
    scale = 2
    size = COVER_PIXELS * scale
    hue = colorsys.rgb_to_hls(*(float(part) for part in colours[3]))[0]
    ground, ink = (_byte_rgb(colorsys.hls_to_rgb(hue, light, 0.3)) for light in (0.16, 0.62))
    image = Image.new("RGB", (size, size), ground)
    draw = ImageDraw.Draw(image)
    margin, gap, count = 0.125 * size, 0.032 * size, 8
    width = (size - 2 * margin - gap * (count - 1)) / count
    arc = np.sin(np.linspace(0.35, np.pi - 0.35, count) + float(rng.uniform(-0.7, 0.7)))
    for index in range(count):
        height = size * float(np.clip(0.14 + 0.4 * abs(arc[index]) + rng.uniform(0, 0.26), 0.14, 0.76))
        left, top = margin + index * (width + gap), (size - height) / 2
        draw.rounded_rectangle((left, top, left + width, top + height), width / 2, fill=ink)
    middle, half = size * float(rng.uniform(0.38, 0.62)), size * 0.036
    reach = size / 2 * 0.21256
    draw.polygon(
        [
            (middle + reach - half, 0),
            (middle + reach + half, 0),
            (middle - reach + half, size),
            (middle - reach - half, size),
        ],
        fill=(13, 13, 13),
    )
    small = image.resize((COVER_PIXELS, COVER_PIXELS), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / np.float32(255)


PAINTERS: dict[str, Callable[[np.random.Generator, Signal], Signal]] = {
    "marble": _marble,
    "aurora": _aurora,
    "dunes": _dunes,
    "sea": _sea,
    "rings": _rings,
    "flow": _flow,
    "chop": _chop,
}


def _grid(size: int) -> tuple[Signal, Signal]:
    axis = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)
    x, y = np.meshgrid(axis, axis)
    return x, y


def _scaled(grid: tuple[Signal, Signal], factor: float) -> tuple[Signal, Signal]:
    return grid[0] * np.float32(factor), grid[1] * np.float32(factor)


def _fractal(rng: np.random.Generator, *, octaves: int, size: int = 512) -> Signal:
    """Return tiling fractal noise 0-1: random grids, each twice as fine and half as strong."""
    total = np.zeros((size, size), dtype=np.float32)
    for octave in range(octaves):
        cells = 4 * 2**octave
        grid = rng.uniform(0.0, 1.0, (cells, cells)).astype(np.float32)
        padded = np.pad(grid, 3, mode="wrap")
        edge = round(size * (cells + 6) / cells)
        image = Image.fromarray(padded).resize((edge, edge), Image.Resampling.BICUBIC)
        start = (edge - size) // 2
        layer = np.asarray(image, dtype=np.float32)[start : start + size, start : start + size]
        total += layer * np.float32(0.5**octave)
    return (total - total.min()) / np.float32(total.max() - total.min())


def _sample(field: Signal, x: Signal, y: Signal) -> Signal:
    """Read a tiling field at any place, smoothly; 1.0 is one width of the tile."""
    size = field.shape[0]
    across, down = x * size, y * size
    left, top = np.floor(across), np.floor(down)
    share_x, share_y = across - left, down - top
    column, row = left.astype(np.int64) % size, top.astype(np.int64) % size
    right, below = (column + 1) % size, (row + 1) % size
    upper = field[row, column] * (1 - share_x) + field[row, right] * share_x
    lower = field[below, column] * (1 - share_x) + field[below, right] * share_x
    return (upper * (1 - share_y) + lower * share_y).astype(np.float32)


def _spread(values: Signal) -> Signal:
    """Stretch values so that 2 % at both ends are clipped."""
    low, high = np.quantile(values[::4, ::4], (0.02, 0.98))
    return np.clip((values - low) / (high - low), 0.0, 1.0).astype(np.float32)


def _slope(values: Signal, gain: float) -> Signal:
    """Light a height field from the upper left."""
    down, right = (np.asarray(part, dtype=np.float32) for part in np.gradient(values))
    return np.clip((right + down) * np.float32(-gain), -0.5, 0.5)


def _ridge(rng: np.random.Generator, size: int, *, height: float, sharp: bool) -> Signal:
    axis = np.linspace(0.0, 1.0, size, dtype=np.float32)
    line = np.zeros(size, dtype=np.float32)
    for octave in range(6):
        count = 3 * 2**octave
        knots = rng.uniform(-1.0, 1.0, count + 2)
        smooth = np.interp(axis * count, np.arange(count + 2), knots)
        if not sharp or octave == 0:
            eased = axis * count % 1.0
            eased = eased * eased * (3 - 2 * eased)
            index = np.minimum((axis * count).astype(np.int64), count)
            smooth = knots[index] * (1 - eased) + knots[index + 1] * eased
        line += (smooth * (0.5 if sharp else 0.42) ** octave).astype(np.float32)
    return line * np.float32(height * 0.62)


def _band_order(rng: np.random.Generator) -> Signal:
    return np.where(np.arange(16) % 2 == 0, 0.07, -0.1) + rng.uniform(-0.05, 0.05, 16)


def _with_disc(
    picture: Signal,
    x: Signal,
    y: Signal,
    *,
    centre: tuple[float, float],
    radius: float,
    colour: Signal,
) -> Signal:
    distance = np.sqrt(np.square(x - centre[0]) + np.square(y - centre[1]))
    disc = np.clip((radius - distance) * picture.shape[0] * 0.7 + 0.5, 0.0, 1.0)[..., None]
    halo = np.exp(-np.maximum(distance - radius, 0.0) * 7.0)[..., None] * np.float32(0.3)
    glowing = picture + (colour - picture) * halo
    return glowing * (1.0 - disc) + colour * disc


def _vignetted(picture: Signal, amount: float) -> Signal:
    x, y = _grid(picture.shape[0])
    fall = np.square(x - 0.5) + np.square(y - 0.5)
    return picture * (1.0 - np.float32(amount) * fall * 1.6)[..., None]


def _grained(rng: np.random.Generator, picture: Signal) -> Signal:
    grain = rng.standard_normal(picture.shape[:2], dtype=np.float32)[..., None]
    middle = picture.mean(axis=2, keepdims=True)
    return picture + grain * np.float32(_GRAIN) * (0.45 + 0.55 * np.sqrt(np.clip(middle, 0, 1)))


def _resized(picture: Signal, size: int) -> Signal:
    image = _to_image(picture).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def _to_image(picture: Signal) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0.0, 1.0) * 255 + 0.5).astype(np.uint8), "RGB")


def _byte_rgb(colour: tuple[float, float, float]) -> tuple[int, int, int]:
    red, green, blue = (round(part * 255) for part in colour)
    return red, green, blue
