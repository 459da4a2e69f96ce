"""Rendering of Markdown: bounded time, and what is kept of it."""

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


def streamed_blocks(text: str) -> list[str]:
    """Cut a text into blocks as it grows by one character at a time."""
    blocks, tail = [], ""
    for sign in text:
        tail += sign
        if length := markdown.finished_length(tail):
            blocks.append(tail[:length])
            tail = tail[length:]
    return [*blocks, tail] if tail else blocks


@pytest.mark.parametrize(
    "text",
    [
        "1. Load it\n\n2. Play it\n\n10. Stop it\n",
        "1) Load it\n\n2) Play it\n",
        "- a\n\n- b\n\n  more of b\n\n- c\n",
        "* a\n\n* b\n",
        "1. Load\n\n   ```\n   code\n\n   more\n   ```\n\n2. Play\n",
        "1. Load\n\n    - one\n\n    - two\n\n2. Play\n",
    ],
)
def test_streamed_list_stays_one_list(text: str):
    assert streamed_blocks(text) == [text]


def test_streamed_paragraph_after_list_ends_it():
    blocks = streamed_blocks("1. Load\n\n2. Play\n\n20 BPM is slow.\n\nEnd.")
    assert blocks == ["1. Load\n\n2. Play\n\n", "20 BPM is slow.\n\n", "End."]


def test_reference_links_work_across_blocks():
    text = "Read [the guide][1] or [terms].\n\n[1]: https://a.test/guide\n[terms]: /terms\n"
    defined = markdown.definitions(text)
    html = markdown.render("Read [the guide][1] or [terms].\n\n", defined)
    assert 'href="https://a.test/guide"' in html
    assert 'href="/terms"' in html
    assert markdown.has_references("Read [the guide][1].")
    assert not markdown.has_references("Read [the guide](/guide): now.")


def test_unsafe_reference_is_no_link():
    assert "href" not in markdown.render("[a][1]", "[1]: javascript:alert(1)")


@pytest.mark.parametrize("text", ["שלום עולם", "- مرحبا", "## مرحبا", "> مرحبا"])
def test_direction_follows_the_text(text: str):
    assert 'dir="auto"' in markdown.render(text)


def test_columns_keep_their_alignment():
    html = markdown.render("| What | Tokens |\n| --- | ---: |\n| Tiled Pool | -55 |")
    assert '<th align="right" dir="auto">Tokens</th>' in html or '<th dir="auto" align="right">Tokens</th>' in html
    assert "style" not in html
