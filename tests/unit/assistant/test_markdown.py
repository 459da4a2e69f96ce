"""Rendering time of Markdown is bounded."""

import time

import pytest

from askchopper.services.assistant import markdown


@pytest.mark.parametrize("mark", ["![", "[", "[a]("])
def test_rendering_time_is_bounded(mark: str):
    text = f"<b>{mark * 20_000}"
    begun = time.perf_counter()
    html = markdown.render(text)
    assert time.perf_counter() - begun < 0.3
    assert html.startswith("<p>&lt;b&gt;")


def test_many_links_are_rendered():
    assert markdown.render("[a](https://a.test)\n\n" * 500).count("<a ") == 500
