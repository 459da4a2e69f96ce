"""Render Markdown to safe HTML: no raw HTML, no images, links only to this site or over https, citations as buttons."""

import html
import re
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt

from askchopper.schemas.assistant import CITE_CLOSE, CITE_OPEN

_TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "h2", "h3", "h4", "h5", "hr", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
# No titles: they are untrusted, and a citation marker in one would become a button inside an attribute.
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "code": {"class"}, "th": {"align"}, "td": {"align"}}
# Arabic and Hebrew paragraphs and lists read from the right.
_DIRECTION = {tag: {"dir": "auto"} for tag in ("p", "ul", "ol", "blockquote", "h2", "h3", "h4", "h5", "th", "td")}
_CITE = re.compile(f"{CITE_OPEN}([0-9]{{1,3}}){CITE_CLOSE}")
_STRAY = re.compile("[\ue000-\uf8ff]")
MAX_BRACKETS = 2_000  # the parser searches for the end of each; many thousands would block the event loop for seconds
KEPT = 256
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_LIST_ITEM = re.compile(r"^\s*([-*+]|\d{1,9}[.)])\s")
_BEGUN_LIST_ITEM = re.compile(r"^\s*([-*+]|\d{1,9}[.)]?)?\Z")  # streamed up to its mark, or to a part of it
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S+[^\n]*$", re.MULTILINE)
_REFERENCE = re.compile(r"\][^(:]|\]$")


@lru_cache(maxsize=KEPT)  # finished blocks never change, and are rendered at each load
def render(markdown: str, known_definitions: str = "") -> str:
    """Render Markdown.

    Args:
        markdown: text; numbers between the citation markers of ``schemas.assistant`` become buttons named "Source n".
        known_definitions: definitions of reference links (``[a]: https://…``) from earlier in the text, as returned by
            ``definitions``.

    Returns:
        HTML without scripts or external resources; it reaches other sites only through https links that the reader
        clicks. Text with more than ``MAX_BRACKETS`` brackets is only escaped.
    """
    if markdown.count("[") > MAX_BRACKETS:
        return f"<p>{html.escape(plain(markdown))}</p>"
    references: dict[str, Any] = {}
    _parser().parse(known_definitions, references)
    raw = _parser().render(markdown, references)
    raw = re.sub(r"<(/?)h1>", r"<\1h2>", raw)  # the page has its own
    raw = re.sub(
        r'<(t[hd]) style="text-align:(\w+)">', r'<\1 align="\2">', raw
    )  # without styles, which are not allowed
    clean = nh3.clean(
        raw,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"https"},
        link_rel="noopener noreferrer nofollow ugc",
        attribute_filter=_own_or_https,
        set_tag_attribute_values=_DIRECTION,
    )
    clean = clean.replace("<pre>", '<pre tabindex="0">')  # wide ones scroll, by keyboard, too
    clean = clean.replace('<a href="https:', '<a target="_blank" href="https:')  # so that playback continues
    return _CITE.sub(_source_button, clean)


def without_marks(text: str) -> str:
    """Remove private-use characters, since some of them serve as citation markers."""
    return _STRAY.sub("", text)


def plain(markdown: str) -> str:
    """Remove citation markers and their numbers, for search, copying and the model."""
    return _CITE.sub("", markdown)


def escaped(text: str) -> str:
    """Escape text so that it is not interpreted as Markdown or as an item reference."""
    return re.sub(r"([\\`*_\[\]<>#|!])", r"\\\1", text)


def as_export(markdown: str) -> str:
    """Replace citation markers by numbers in brackets."""
    return _CITE.sub(r"[\1]", markdown)


def finished_length(text: str) -> int:
    """Return the length of the leading blocks of a streamed text that further text cannot change.

    A block ends with an empty line outside a code fence, unless a list continues after it.
    """
    end, at, fence, in_list = 0, 0, "", False
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        at += len(line)
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and fence and line.strip().startswith(fence):
            fence = ""
        if fence or not line.endswith("\n"):
            continue
        if line.strip():
            in_list = in_list or bool(_LIST_ITEM.match(line))
            continue
        following = next((later for later in lines[number + 1 :] if later.strip()), None)
        if in_list and (following is None or _may_continue_list(following)):
            continue
        end, in_list = at, False
    return end


def _may_continue_list(line: str) -> bool:
    """Return whether a line after a blank line belongs, or may belong once complete, to the preceding list."""
    return bool(_LIST_ITEM.match(line) or _BEGUN_LIST_ITEM.match(line)) or line.startswith((" ", "\t"))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": False})
    parser.add_render_rule("image", _alt_text)
    return parser.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])


def _alt_text(_renderer: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:
    """Render an image as its alt text."""
    return html.escape(tokens[index].content)


def definitions(text: str) -> str:
    """Return the link reference definitions, ``[label]: address``, one per line."""
    return "\n".join(_DEFINITION.findall(text)) if "]:" in text else ""


def has_references(text: str) -> bool:
    """Return whether a text may contain reference links, whose definitions are elsewhere."""
    return bool(_REFERENCE.search(text))


def _own_or_https(tag: str, attribute: str, value: str) -> str | None:
    if tag == "a" and attribute == "href":
        is_own = value.startswith("/") and not value.startswith(("//", "/\\"))
        return value if is_own or value.lower().startswith("https://") else None
    if tag == "code" and attribute == "class":
        return value if re.fullmatch(r"language-[\w+#-]{1,20}", value) else None
    is_known = attribute in {"rel", "dir"} or attribute in _ATTRIBUTES.get(
        tag, set()
    )  # the library allows some on every tag
    return value if is_known else None


def _source_button(match: re.Match[str]) -> str:
    number = match[1]
    return f'<button type="button" class="cite" data-source="{number}" aria-label="Source {number}">{number}</button>'
