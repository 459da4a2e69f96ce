"""Background jobs for documents: extracting and indexing in a child process, and deleting the files of deleted documents."""

import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import read_only, transaction
from askchopper.integrations import virus_scanner
from askchopper.integrations.blob_store import store
from askchopper.media import lazy_imports
from askchopper.media.sandbox import child_process, pool
from askchopper.models.base import new_id
from askchopper.models.knowledge import document_pages, document_passages, documents
from askchopper.observability import log
from askchopper.services.knowledge.documents import folder_of, model_key
from askchopper.vocabulary import DocumentKind, DocumentState

if TYPE_CHECKING:
    from askchopper.media.documents.extract import Extract

UNREADABLE = "Could not be read. Save it again, or in another format, and upload it again."
TOO_MUCH_WORK = "Reading it took too much time or memory, so we stopped. Save it again, or upload the part you need."
HAS_VIRUS = "The virus scanner found something in this file. Delete it and check your computer."
MEMORY_BYTES, CPU_SECONDS, WALL_SECONDS = 1 << 30, 20, 30.0
_CHARACTERS_A_TOKEN = 3.5  # conservative: English prose has about four
_PIXELS_A_TOKEN = 750
_BATCH = 200
_KEEP_SECONDS = 60.0


async def ingest(document_id: uuid.UUID) -> None:
    """Extract and index a document. Does nothing if it was deleted or is already ingested.

    A fault of the document itself is stored on it and not raised.

    Raises:
        UnavailableError: the database or the blob store is unavailable.
        NotFoundError: its file is missing from the store.
        OSError: the file cannot be read.
    """
    async with read_only() as session:
        row = (await session.execute(select(documents).where(documents.c.id == document_id))).one_or_none()
    if row is None or row.state != DocumentState.READING:
        return
    found = await _extracted(row)
    if isinstance(found, str):
        await _fail(document_id, found)
        return
    if found.picture:
        await store().put(model_key(document_id, found.picture_type), found.picture)
    async with transaction(timeout_seconds=_KEEP_SECONDS) as session:
        await _store_text(session, row, found)
    log.info("documents.ingested", document=str(document_id), characters=found.characters)


async def mark_failed(document_id: uuid.UUID) -> None:
    """Mark a document as failed, unless its ingestion has finished."""
    await _fail(document_id, UNREADABLE)


async def delete_files(document_id: uuid.UUID) -> None:
    """Delete the files of a deleted document. Idempotent; does nothing if the document still exists."""
    async with read_only() as session:
        known = (await session.execute(select(documents.c.id).where(documents.c.id == document_id))).one_or_none()
    if known is not None:
        return
    for key in [stored.key async for stored in store().list_files(folder_of(document_id))]:
        await store().delete(key)


async def _extracted(row: Any) -> "Extract | str":
    """Return the extracted content, or a sentence that states why extraction failed."""
    await lazy_imports.load("documents.dispatch")
    from askchopper.media.documents import dispatch, extract  # noqa: PLC0415

    limits = child_process.Limits(memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS, wall_seconds=WALL_SECONDS)
    if row.kind == DocumentKind.AUDIO:
        limits = child_process.DEFAULT_LIMITS  # the analyser holds a whole sound in memory
    async with store().local(row.store_key) as path:
        if virus := await virus_scanner.scan(path):
            log.warning("documents.virus_found", virus=virus)
            return HAS_VIRUS
        try:
            return await pool.jobs.run(dispatch.read_document, path, row.title, limits=limits)
        except extract.DocumentError as error:
            return str(error)
        except child_process.SandboxError:
            return TOO_MUCH_WORK


async def _store_text(session: AsyncSession, row: Any, found: "Extract") -> None:
    """Store the extracted text and mark the document ready, unless it was deleted or completed in the meantime."""
    still = select(documents.c.id).where(documents.c.id == row.id, documents.c.state == DocumentState.READING)
    if (await session.execute(still.with_for_update())).one_or_none() is None:
        return
    for table in (document_pages, document_passages):
        await session.execute(delete(table).where(table.c.document_id == row.id))
    pages = [
        {"document_id": row.id, "position": number, "page": page.number, "text": page.text}
        for number, page in enumerate(found.pages)
    ]
    if pages:
        await session.execute(insert(document_pages), pages)
    await _keep_passages(session, row, found)
    picture = {"model_key": model_key(row.id, found.picture_type)} if found.picture else {}
    facts = {**found.facts, "shown_type": found.picture_type} if found.picture else found.facts
    await session.execute(
        update(documents)
        .where(documents.c.id == row.id)
        .values(
            state=DocumentState.READY, pages=found.page_count, characters=found.characters, facts=facts,
            tokens_estimate=_tokens(found), read_at=func.now(), **picture,
        )
    )  # fmt: skip


async def _keep_passages(session: AsyncSession, row: Any, found: "Extract") -> None:
    values = [
        {
            "id": new_id(), "document_id": row.id, "position": position, "page": chunk.page, "text": chunk.text,
            "search": func.passage_words(row.title, chunk.heading, chunk.body),
        }
        for position, chunk in enumerate(found.chunks)
    ]  # fmt: skip
    for start in range(0, len(values), _BATCH):
        await session.execute(insert(document_passages).values(values[start : start + _BATCH]))


def _tokens(found: "Extract") -> int:
    if found.picture:
        return -(-found.facts["shown_width"] * found.facts["shown_height"] // _PIXELS_A_TOKEN)
    return round(found.characters / _CHARACTERS_A_TOKEN)


async def _fail(document_id: uuid.UUID, problem: str) -> None:
    async with transaction() as session:
        await session.execute(
            update(documents)
            .where(documents.c.id == document_id, documents.c.state == DocumentState.READING)
            .values(state=DocumentState.FAILED, problem=problem, read_at=func.now())
        )
