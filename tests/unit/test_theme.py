"""Colour contrast, and the generated stylesheet."""

from pathlib import Path

import pytest

from askchopper.components import theme

ASSETS = Path(__file__).parent.parent.parent / "assets"


def _luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("front", "back", "least"), theme.PAIRS)
def test_colour_pair_has_enough_contrast(front: str, back: str, least: float):
    first, second = _luminance(theme.COLOURS[front]), _luminance(theme.COLOURS[back])
    ratio = (max(first, second) + 0.05) / (min(first, second) + 0.05)
    assert ratio >= least, f"{front} on {back}: {ratio:.2f}"


def test_tokens_css_is_generated_from_theme():
    assert (ASSETS / "tokens.css").read_text() == theme.tokens_css()


def test_every_font_has_a_licence():
    for name in ("bricolage-latin", "bricolage-latin-ext", "geist-mono-latin", "geist-mono-latin-ext"):
        assert (ASSETS / "fonts" / f"{name}.woff2").stat().st_size > 10_000
        assert f"/fonts/{name}.woff2" in theme.tokens_css()
    assert len(list((ASSETS / "fonts").glob("LICENSE-*"))) == 2
