"""Publishing a draft: make the pack's preview and cover, then put everything on sale in one transaction."""

import asyncio
import hashlib
import uuid
from contextlib import AsyncExitStack

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.integrations.blob_store import store
from askchopper.observability import log
from askchopper.schemas.drafts import BuiltPack, PublishInput
from askchopper.services.search import vector_index
from askchopper.services.studio import covers, publishing

FAILED = "Publishing failed on our side. Nothing is lost; try again."


async def publish(draft_id: uuid.UUID) -> None:
    """Put a submitted draft on sale; one that is not waiting for it is left alone.

    Raises:
        AskChopperError: the pack cannot be published as it is; the sentence says why.
        OSError: a stored file cannot be read.
    """
    async with read_only() as session:
        work = await publishing.begin(session, draft_id)
    if work is None:
        return
    made = await _make(work)
    async with transaction() as session:
        await publishing.put_on_sale(session, draft_id, made)
        await vector_index.index_pack(session, draft_id)
    log.info("release.published", draft=str(draft_id), files=len(work.store_keys))


async def give_up(draft_id: uuid.UUID, *, reason: str = FAILED) -> None:
    """Give a draft back to its creator with the reason why it was not published."""
    async with transaction() as session:
        await publishing.fail(session, draft_id, reason=reason)


async def _make(work: PublishInput) -> BuiltPack:
    """Make what only the whole pack has. Keys are digests of contents, so that making it twice stores it once."""
    from askchopper.media.previews import pack_preview  # noqa: PLC0415 - brings in numpy and scipy, which serving does not need
    from askchopper.media.sandbox import child_process  # noqa: PLC0415 - brings in numpy and scipy, which serving does not need

    async with AsyncExitStack() as stack:
        paths = [await stack.enter_async_context(store().local(key)) for key in work.store_keys]
        tempi = [file.bpm for file in work.draft.files]
        try:
            made = await asyncio.to_thread(child_process.run, pack_preview.make_pack_preview, paths, bpms=tempi)
        except (child_process.SandboxError, pack_preview.NoPreviewError) as error:
            raise InvalidInputError("The preview of this pack could not be made. Check its sounds.") from error
    digest = hashlib.sha256(made.mp3).hexdigest()
    preview_key = f"previews/{digest[:2]}/{digest}.mp3"
    await store().put(preview_key, made.mp3)
    draft = work.draft
    cover_key, hue = (draft.cover_key, draft.cover_hue) if draft.cover_key else await covers.draw_placeholder(draft.id)
    await covers.store_social_card(cover_key, title=draft.title, creator=work.creator_name)
    return BuiltPack(preview_key, made.outline, made.seconds, cover_key, hue)
