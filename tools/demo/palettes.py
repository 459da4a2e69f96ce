"""Colour ramps of the demo covers, dark to light, as RGB between 0 and 1."""

import numpy as np

from tools.demo.synth import Signal

_RAMPS: dict[str, tuple[str, ...]] = {
    "ash": ("#17171a", "#3d4048", "#77736f", "#a8a196", "#d8d2c4", "#f0ece2"),
    "ember": ("#160a12", "#43142a", "#84293a", "#c9553c", "#ec9a5c", "#f7dcb0"),
    "lagoon": ("#04141a", "#0b3440", "#12605f", "#2f9a8a", "#8fcfae", "#e8ecc4"),
    "moss": ("#10160f", "#26341f", "#48603a", "#7d8f56", "#b7bd84", "#e9e5c2"),
    "noon": ("#0a2438", "#1a5474", "#3f8fa8", "#8cc4c4", "#f0d9a8", "#fbf1dc"),
    "peach": ("#2a1018", "#5e2230", "#a94a48", "#e28762", "#f3bd8d", "#faead0"),
    "petrol": ("#071418", "#0f2e3c", "#1e5a6c", "#4e93a0", "#d98a5c", "#f3dcc0"),
    "dusk": ("#120f24", "#2c2148", "#5e3562", "#a84f6c", "#e68a68", "#f8d49c"),
    "rust": ("#1c0f0b", "#44211a", "#7d3b26", "#b8643a", "#dc9a62", "#f4d8aa"),
    "market": ("#1b1024", "#3e2a58", "#1f7a78", "#e0a43a", "#e2603e", "#f6e6c2"),
    "clay": ("#1f130e", "#4a2b1e", "#85523a", "#b98362", "#dcb494", "#f3e2cf"),
    "steel": ("#0f1317", "#26303a", "#465868", "#74899a", "#aebbc4", "#e6ebee"),
    "violet": ("#0e0a1c", "#2a1a4c", "#55308a", "#9152b4", "#cf8fcb", "#f2dcea"),
    "night": ("#03060f", "#0a1a36", "#163e66", "#2f7396", "#6fb6b8", "#d9ecd8"),
    "slate": ("#101418", "#2b3640", "#51626c", "#8a968f", "#c4c2a8", "#efe8d2"),
    "ice": ("#0b1620", "#1d3a50", "#4a7894", "#8fb6c6", "#cfe2e4", "#f6f8f4"),
    "sand": ("#1d1710", "#3a2f1f", "#6c583a", "#a1865a", "#cfb487", "#efe0c0"),
    "dawn": ("#1b2036", "#3d4a72", "#80789c", "#cf9aa0", "#f2c3a2", "#fbead0"),
    "rose": ("#1b0d14", "#48202f", "#86475a", "#bf7f88", "#e2b8b2", "#f7e7de"),
    "storm": ("#070b0e", "#16222a", "#2c434c", "#55706f", "#a9a27c", "#ecd9a0"),
}
PALETTES = frozenset(_RAMPS)


def ramp(palette: str) -> Signal:
    """Return the colours of a palette.

    Args:
        palette: name in ``PALETTES``.

    Returns:
        float32, shape (6, 3), dark to light, 0-1.

    Raises:
        KeyError: unknown palette.
    """
    codes = [bytes.fromhex(code[1:]) for code in _RAMPS[palette]]
    return np.array([list(code) for code in codes], dtype=np.float32) / np.float32(255)


def shade(values: Signal, colours: Signal) -> Signal:
    """Map values 0-1 smoothly onto a ramp.

    Args:
        values: any shape.
        colours: ramp, shape (k, 3).

    Returns:
        float32, shape (*values.shape, 3).
    """
    place = np.clip(values, 0.0, 1.0) * np.float32(len(colours) - 1)
    low = np.minimum(place.astype(np.int64), len(colours) - 2)
    share = (place - low)[..., None].astype(np.float32)
    return colours[low] * (1 - share) + colours[low + 1] * share
