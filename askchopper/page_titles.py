"""Page titles for the browser tab and the server-rendered head. The functions accept strings and Reflex vars."""

from typing import Any

SITE_NAME = "Ask Chopper"


def page_title(name: Any) -> Any:
    """Return the title of a page of the site."""
    return name + f" · {SITE_NAME}"


def pack_title(title: Any, creator: Any) -> Any:
    """Return the title of a pack page."""
    return page_title(title + " by " + creator)
