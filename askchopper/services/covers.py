"""Covers of packs in the making: a stranger's picture taken in, or one drawn for a pack that has none."""

import asyncio
import hashlib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from askchopper.errors import InvalidInputError
from askchopper.integrations.blob_store import store

if TYPE_CHECKING:
    from askchopper.media.artwork import CoverFiles

MAX_BYTES = 20 * 2**20
TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif")


async def take(draft_id: uuid.UUID, path: Path) -> tuple[str, int, tuple[str, ...]]:
    """Make a cover of a picture that came from outside, in a child process.

    Returns:
        Its key in the store, its main hue in degrees, and what the creator should know about it.

    Raises:
        InvalidInputError: it is no picture that we take; the sentence says why.
    """
    from askchopper.media import artwork, sandbox  # noqa: PLC0415 - brings in Pillow, which serving does not need

    try:
        made = await asyncio.to_thread(sandbox.run, artwork.take_cover, path)
    except artwork.CoverError as error:
        raise InvalidInputError(str(error), field="cover") from error
    except sandbox.SandboxError as error:
        raise InvalidInputError(
            "This picture cannot be opened. Save it again as JPEG or PNG.", field="cover"
        ) from error
    return await _put(draft_id, made), made.hue, made.findings


async def draw(draft_id: uuid.UUID) -> tuple[str, int]:
    """Draw a cover for a pack; the same pack gets the same one. Returns its key and its hue in degrees."""
    from askchopper.media import artwork, cover  # noqa: PLC0415 - brings in Pillow, which serving does not need

    hue = draft_id.int % 360
    made = await asyncio.to_thread(lambda: artwork.encode(cover.chop_cover(str(draft_id), hue)))
    return await _put(draft_id, made), hue


async def put_card(cover_key: str, *, title: str, creator: str) -> None:
    """Make the picture that link previews show, beside the cover it is made of."""
    from askchopper.media import artwork  # noqa: PLC0415 - brings in Pillow, which serving does not need

    async with store().local(f"covers/{cover_key}/640.webp") as path:
        content = await asyncio.to_thread(path.read_bytes)
    card = await asyncio.to_thread(artwork.card, content, title, creator)
    await store().put(f"covers/{cover_key}/social.jpg", card)


async def _put(draft_id: uuid.UUID, made: "CoverFiles") -> str:
    digest = hashlib.sha256(made.webp[max(made.webp)]).hexdigest()
    key = f"{draft_id.hex[-12:]}-{digest[:24]}"
    for width, content in made.webp.items():
        await store().put(f"covers/{key}/{width}.webp", content)
    return key
