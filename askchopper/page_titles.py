"""Titles of pages, for the browser tab and for the HTML that search engines read. They work on strings and on Reflex vars."""

from typing import Any

SITE_NAME = "Ask Chopper"


def page_title(name: Any) -> Any:
    """Return the title of a page of the site."""
    return name + f" · {SITE_NAME}"


def pack_title(title: Any, creator: Any) -> Any:
    """Return the title of a pack page."""
    return page_title(title + " by " + creator)
