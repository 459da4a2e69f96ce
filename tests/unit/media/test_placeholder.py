"""Placeholder covers, encoded sizes, social cards, hues."""

import io

import pytest
from PIL import Image

from askchopper.media.covers import placeholder


def test_placeholder_depends_on_seed_and_hue_only():
    drawn = placeholder.chop_cover("a", 40, size=96).tobytes()
    assert drawn == placeholder.chop_cover("a", 400, size=96).tobytes()
    assert drawn != placeholder.chop_cover("b", 40, size=96).tobytes()
    assert drawn != placeholder.chop_cover("a", 200, size=96).tobytes()


@pytest.mark.parametrize("size", [(640, 640), (900, 500), (50, 80)])
def test_covers_are_square_webp_in_three_sizes(size: tuple[int, int]):
    encoded = placeholder.encode_covers(Image.new("RGBA", size, (200, 40, 40, 128)))
    assert tuple(encoded) == placeholder.COVER_SIZES
    for edge, content in encoded.items():
        image = Image.open(io.BytesIO(content))
        assert image.format == "WEBP"
        assert image.size == (edge, edge)


@pytest.mark.parametrize("title", ["Ox", "A very long title that has to go on several lines", "x" * 90])
def test_social_card_is_a_jpeg_of_the_usual_size(title: str):
    text = placeholder.CardText(title, "Someone", ("128 BPM", "A minor", "30 tokens"), tuple(range(0, 112, 2)))
    content = placeholder.social_card(Image.new("RGB", (640, 640), "teal"), text)
    image = Image.open(io.BytesIO(content))
    assert image.format == "JPEG"
    assert image.size == placeholder.CARD_SIZE


@pytest.mark.parametrize(("colour", "hue"), [((220, 30, 30), 0), ((30, 200, 40), 124), ((40, 60, 210), 233)])
def test_dominant_hue_of_a_plain_image(colour: tuple[int, int, int], hue: int):
    found = placeholder.dominant_hue(Image.new("RGB", (100, 100), colour))
    assert min(abs(found - hue), 360 - abs(found - hue)) <= 4


def test_grey_has_a_hue():
    assert placeholder.dominant_hue(Image.new("L", (10, 10), 128)) == 40
