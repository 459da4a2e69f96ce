"""Uploads sent directly from the browser to Vercel Blob (docs/decisions/0026): grants, completion, and validation.

The browser writes the file to a temporary key. A job validates it, copies it to its content-addressed key and deletes
the temporary one.
"""

import uuid

from sqlalchemy import select, update

from askchopper import jobs
from askchopper.database import read_only, retrying, transaction
from askchopper.errors import ConflictError, NotFoundError
from askchopper.integrations.blob_store import (
    UploadGrant,
    arriving_key,
    content_type,
    measure,
    remove_unfinished,
    store,
)
from askchopper.models.uploads import upload_rows
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.uploads import UploadSummary
from askchopper.services import released_files, storage_maintenance, uploads
from askchopper.services.uploads import DamagedOriginalError, DuplicateError
from askchopper.vocabulary import JobName, Role, UploadState

FAILED = "The file could not be checked. Upload it again."
_REPLACED = "The uploaded file is not the one that was announced. Upload it again."


async def grant(viewer: Viewer, *, upload_id: str) -> UploadGrant:
    """Authorise the viewer's browser to write the file of an unfinished upload to the store.

    Raises:
        NotFoundError: the viewer has no such upload.
        ConflictError: the upload is no longer receiving, or the store does not accept direct uploads.
    """
    async with transaction() as session:
        upload = await uploads.resume(session, viewer, upload_id=upload_id)
    if upload.state is not UploadState.RECEIVING:
        raise ConflictError("This upload is finished.")
    kind = content_type(f"x.{upload.file_name.rpartition('.')[2].lower()}")
    return store().grant_upload(arriving_key(str(upload.id)), size_bytes=upload.size_bytes, content_type=kind)


async def arrived_bytes(upload: UploadSummary) -> int:
    """Return the size in bytes of the file that a browser sent to the store; 0 until it is complete."""
    try:
        return (await store().head(arriving_key(str(upload.id)))).size_bytes
    except NotFoundError:
        return 0


async def complete(viewer: Viewer, *, upload_id: str) -> UploadSummary:
    """Enqueue validation after the browser reports completion. Idempotent; does nothing until the file is in the store.

    Raises:
        NotFoundError: the viewer has no such upload.
        ConflictError: the file has another size than announced; it was deleted.
    """
    async with read_only() as session:
        upload = await uploads.find(session, viewer, upload_id=upload_id)
    if upload.state is not UploadState.RECEIVING or not store().upload_url:
        return upload
    size_bytes = await arrived_bytes(upload)
    if not size_bytes:
        return upload
    if size_bytes != upload.size_bytes:
        await remove_unfinished(store(), str(upload.id))
        raise ConflictError(f"{size_bytes:,} bytes arrived instead of {upload.size_bytes:,}. Upload the file again.")
    async with transaction() as session:
        is_receiving = (upload_rows.c.id == upload.id, upload_rows.c.state == UploadState.RECEIVING)
        begun = await session.execute(
            update(upload_rows).where(*is_receiving).values(state=UploadState.CHECKING).returning(upload_rows.c.id)
        )
        if begun.one_or_none():  # else it was completed or cancelled at the same time
            await jobs.enqueue(session, JobName.CHECK_UPLOAD, lock=str(upload.id), upload_id=str(upload.id))
        return await uploads.find(session, viewer, upload_id=upload_id)


async def check(upload_id: uuid.UUID) -> None:
    """Validate a file in the store and complete its upload like one sent to the server, or refuse it. Safe to rerun."""
    async with read_only() as session:
        found = await session.execute(
            select(*uploads.COLUMNS, upload_rows.c.user_id).where(upload_rows.c.id == upload_id)
        )
    row = found.one_or_none()
    try:
        if row is not None and row.state == UploadState.CHECKING:
            await _store(Viewer(row.user_id, None, "", "", Role.MEMBER), uploads.line_of(row))
    except DuplicateError as error:
        await refuse(upload_id, reason=error.sentence, link=error.link)
    except (ConflictError, NotFoundError) as error:  # replaced or deleted in the store, or its draft is gone
        await refuse(upload_id, reason=error.sentence)
    await remove_unfinished(store(), str(upload_id))


async def refuse(upload_id: uuid.UUID, *, reason: str = FAILED, link: str = "") -> None:
    """Refuse an upload that is being validated. Its row keeps the reason until the sender removes it or it expires."""
    async with transaction() as session:
        await session.execute(
            update(upload_rows)
            .where(upload_rows.c.id == upload_id, upload_rows.c.state == UploadState.CHECKING)
            .values(state=UploadState.REFUSED, problem=reason[:300], problem_link=link)
        )
    log.info("uploads.refused", upload=str(upload_id), reason=reason)


async def _store(viewer: Viewer, upload: UploadSummary) -> None:
    files, source = store(), arriving_key(str(upload.id))
    version = await files.head(source)
    size_bytes, sha256 = await measure(files, source)
    if size_bytes != upload.size_bytes:
        raise ConflictError(_REPLACED)
    key = uploads.store_key(upload, sha256=sha256)
    if not upload.is_document:
        try:
            async with transaction() as session:
                await uploads.check_new(session, viewer, sha256=sha256)
                await released_files.cancel(session, [key])
        except DamagedOriginalError as error:
            await files.copy(source, error.key, etag=version.etag)
            await storage_maintenance.restored(error.key)
            raise
    await files.copy(source, key, etag=version.etag)
    try:
        stored = await retrying(lambda session: uploads.finish(session, viewer, upload=upload, sha256=sha256))
    except (ConflictError, NotFoundError):
        await _drop_copy(upload, key)
        raise
    if stored.is_document and stored.document_id != upload.id:  # it exists already
        await files.delete(key)


async def _drop_copy(upload: UploadSummary, key: str) -> None:
    """Delete the file of a refused document; a draft's key may be shared with another sound and is left to garbage collection."""
    if upload.draft_id is None:
        await store().delete(key)
