"""The surroundings of a question for the model's context: the page in view, and the sound loaded in the player.

Both come from the browser, so they are loaded with the viewer's permissions.
"""

from typing import Any

from askchopper import routes
from askchopper.database import autocommit
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.catalogue import PackCard
from askchopper.services.assistant import rendering
from askchopper.services.assistant.rendering import PACK, SOUND
from askchopper.services.assistant.tools.catalogue import pack_facts, sound_facts

MAX_PATH = 200
MAX_SUMMARY = 300
_PACK_PAGE = routes.pack("")


async def describe(viewer: Viewer, page: PageContext) -> dict[str, Any]:
    """Return the facts ``page``, ``page_shows`` and ``player`` for the model; absent ones are omitted."""
    in_view, loaded = _in_view(page.path), _loaded(page.sound_id)
    found: rendering.Found = {}
    if wanted := [ref for ref in (in_view, loaded) if ref]:
        async with autocommit() as session:
            found = await rendering.load_items(session, viewer, wanted)
    facts: dict[str, Any] = {}
    if page.path:
        facts["page"] = page.path[:MAX_PATH]
    if in_view in found:
        facts["page_shows"] = _facts(found[in_view])
    if loaded in found:
        facts["player"] = {"loaded": _facts(found[loaded]), "is_sounding": page.is_playing}
    return facts


def _in_view(path: str) -> str:
    return f"{PACK}{path.removeprefix(_PACK_PAGE)}"[:MAX_PATH] if path.startswith(_PACK_PAGE) else ""


def _loaded(sound_id: str) -> str:
    return sound_id if not sound_id or sound_id.startswith(PACK) else f"{SOUND}{sound_id}"


def _facts(item: Any) -> dict[str, Any]:
    if isinstance(item, PackCard):
        facts = pack_facts(item)
        return {**facts, "summary": facts["summary"][:MAX_SUMMARY]}
    return sound_facts(item)
