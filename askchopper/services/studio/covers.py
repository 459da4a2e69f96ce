"""Covers of drafts: uploads, sanitised and re-encoded, or generated placeholders."""

import asyncio
import hashlib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from askchopper.errors import InvalidInputError
from askchopper.integrations.blob_store import store
from askchopper.media import lazy_imports
from askchopper.media.previews.peaks import reduce_peaks
from askchopper.media.sandbox import child_process, pool

if TYPE_CHECKING:
    from askchopper.media.covers.cover_image import CoverFiles


async def accept_upload(draft_id: uuid.UUID, path: Path, *, client: str) -> tuple[str, int, tuple[str, ...]]:
    """Sanitise and re-encode an uploaded cover in a child process.

    Returns:
        The cover's key, its main hue in degrees, and findings to show to the creator.

    Raises:
        InvalidInputError: it is not an accepted image; the message says why.
        BusyError: too many pictures are being processed.
    """
    await lazy_imports.load("covers.cover_image")
    from askchopper.media.covers import cover_image  # noqa: PLC0415

    try:
        made = await pool.requests.run(cover_image.sanitise_cover, path, client=client)
    except cover_image.CoverError as error:
        raise InvalidInputError(str(error), field="cover") from error
    except child_process.SandboxError as error:
        raise InvalidInputError("This image cannot be opened. Save it again as JPEG or PNG.", field="cover") from error
    return await _put(draft_id, made), made.hue, made.findings


async def draw_placeholder(draft_id: uuid.UUID) -> tuple[str, int]:
    """Draw and store a placeholder cover, always the same for a draft. Returns its key and its hue in degrees."""
    await lazy_imports.load("covers.cover_image", "covers.placeholder")
    from askchopper.media.covers import cover_image, placeholder  # noqa: PLC0415

    hue = draft_id.int % 360
    made = await asyncio.to_thread(lambda: cover_image.encode(placeholder.chop_cover(str(draft_id), hue)))
    return await _put(draft_id, made), hue


async def store_social_card(
    cover_key: str, *, title: str, creator: str, facts: tuple[str, ...], outline: bytes
) -> None:
    """Draw a pack's link-preview image and store it with the cover. ``outline`` is the waveform of the pack's preview."""
    await lazy_imports.load("covers.cover_image", "covers.placeholder")
    from askchopper.media.covers import cover_image, placeholder  # noqa: PLC0415

    bars = tuple(reduce_peaks(outline, placeholder.CARD_BARS)) if outline else ()
    text = placeholder.CardText(title, creator, facts, bars)

    async with store().local(f"covers/{cover_key}/640.webp") as path:
        content = await asyncio.to_thread(path.read_bytes)
    card = await asyncio.to_thread(cover_image.card, content, text)
    await store().put(f"covers/{cover_key}/social.jpg", card)


async def _put(draft_id: uuid.UUID, made: "CoverFiles") -> str:
    digest = hashlib.sha256(made.webp[max(made.webp)]).hexdigest()
    key = f"{draft_id.hex[-12:]}-{digest[:24]}"
    for width, content in made.webp.items():
        await store().put(f"covers/{key}/{width}.webp", content)
    return key
