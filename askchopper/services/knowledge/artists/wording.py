"""Wording that mentions packs and artists together: "in the style of", never implying a connection."""

import re
from functools import lru_cache

# Phrases that state likeness. They are removed before claims are searched for, since "inspired by" contains a "by".
_LIKENESS = (
    r"(?:in the (?:style|spirit|vein|manner) of|inspired by|influenced by|reminiscent of|for (?:fans|lovers) of|in love with|nods? to|tributes? to"
    r"|not (?:made |produced |approved |endorsed |licensed )?(?:by|for|from)|nothing to do with|fit(?:s|ting)?(?: the style of)?|sounds? like|similar to|like)\s+{name}"
    r"|{name}[\s-]+(?:style|styled|type|inspired|esque|like|ish)\b"
)
_CLAIM = (
    r"\b(?:by|from|for|feat\.?|featuring|with|via|courtesy of|approval of|permission of|signed off by)\s+(?:the\s+)?{name}(?!\w)"
    r"|\bofficial(?:ly)?\b[^.]{{0,40}}{name}|{name}[^.]{{0,40}}\bofficial(?:ly)?\b"
    r"|{name}(?:['’]s?)?\s+(?:own\s+|signature\s+)?(?:samples?|sample pack|packs?|kits?|drum kit|drums|loops?|presets?|stems?|sounds?|library|collection)\b"  # noqa: RUF001
    r"|{name}\s+(?:made|produced|recorded|approved|approves|endorsed|endorses|uses|used|recommends|licensed|authorised|authorized|created)\b"
)


def in_style(name: str) -> str:
    """Return the only permitted phrase that relates packs to an artist."""
    return f"in the style of {name}"


def disclaimer(name: str) -> str:
    """Return the disclaimer shown with packs in an artist's style."""
    return f"{name} is not affiliated with these packs."


def claims_connection(text: str, name: str) -> bool:
    """Return whether a pack's text claims to be by, for, from or approved by an artist."""
    likeness, claim = _patterns(name)
    return bool(claim.search(likeness.sub(" ", text)))


@lru_cache(maxsize=256)
def _patterns(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    escaped = r"\s+".join(re.escape(word) for word in name.split())
    return (
        re.compile(_LIKENESS.format(name=escaped), re.IGNORECASE),
        re.compile(_CLAIM.format(name=escaped), re.IGNORECASE),
    )
