"""Text of comments and reviews: sanitised, and rendered from a subset of Markdown."""

import re
from collections.abc import Collection
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

from askchopper import policy, routes
from askchopper.errors import InvalidInputError
from askchopper.schemas.text import paragraphs

_TAGS = {"p", "br", "strong", "em", "s", "code", "a"}
_EMPTY_LINES = re.compile(r"\n{3,}")
_ADDRESS = re.compile(r"(?<![<(\w])https://[^\s<>]+")
# Anything that readers would type into a browser, also without its scheme.
_LINK = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]*://|www\.)\S|\b[a-z0-9-]+\.(?:com|net|org|io|co|ru|cn|me|gg|app|link|shop|xyz|info|biz|ly|to)\b(?!\.\w)")  # fmt: skip
_MENTION = re.compile(r"(?i)(?<![\w/@])@([a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?)\b")


def clean(text: str, *, label: str, max_length: int) -> str:
    """Sanitise a text.

    Raises:
        InvalidInputError: empty, too long, or with characters that cannot be shown.
    """
    cleaned = _EMPTY_LINES.sub("\n\n", paragraphs(text, label=label, field="text", max_length=max_length))
    if not any(sign.isprintable() and not sign.isspace() for sign in cleaned):
        raise InvalidInputError(f"{label} is empty.", field="text")
    return cleaned


def has_link(text: str) -> bool:
    """Return whether a text contains a URL or renders to a link, since Markdown has more link forms than a pattern covers."""
    return bool(_LINK.search(text)) or "<a " in render(text)


def mentions(text: str) -> tuple[str, ...]:
    """Return the first ``policy.MAX_MENTIONS`` distinct creator slugs that a text mentions with ``@``."""
    return tuple(dict.fromkeys(slug.lower() for slug in _MENTION.findall(text)))[: policy.MAX_MENTIONS]


@lru_cache(maxsize=2_000)
def render(text: str, known: frozenset[str] = frozenset()) -> str:
    """Render emphasis, code and links to safe HTML.

    Args:
        text: Markdown.
        known: slugs of existing creators; mentions of them become links.
    """
    linked = _ADDRESS.sub(r"<\g<0>>", text)
    linked = _MENTION.sub(lambda found: _mention(found, known), linked)
    return nh3.clean(
        _parser().render(linked),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https"},
        link_rel="noopener nofollow ugc",
        attribute_filter=_own_or_https,
        set_tag_attribute_values={"p": {"dir": "auto"}},
    )


def _mention(found: re.Match[str], known: Collection[str]) -> str:
    slug = found[1].lower()
    return f"[{found[0]}]({routes.creator(slug)})" if slug in known else found[0]


def _own_or_https(tag: str, attribute: str, value: str) -> str | None:
    is_allowed = attribute != "href" or routes.is_local_path(value) or value.lower().startswith("https://")
    return value if is_allowed else None


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    rules = ["emphasis", "strikethrough", "backticks", "link", "autolink", "escape", "newline"]
    return MarkdownIt("zero", {"html": False, "breaks": True}).enable(rules)
