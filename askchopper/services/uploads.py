"""Uploads: permissions, quotas, and completion as a draft's sound, a zip or a document. The HTTP layer transfers the bytes."""

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import String, Uuid, bindparam, case, delete, func, insert, literal, null, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy, routes
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError
from askchopper.integrations.blob_store import free_space
from askchopper.models.base import new_id
from askchopper.models.catalogue import audio_files, creators, packs
from askchopper.models.drafts import draft_rows
from askchopper.models.knowledge import documents
from askchopper.models.uploads import upload_rows
from askchopper.moderation_vocabulary import Switch
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import NewUpload
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.text import clean_line
from askchopper.schemas.uploads import UploadSummary
from askchopper.services import limits, switches, upload_quotas
from askchopper.services.knowledge import documents as knowledge
from askchopper.services.knowledge import formats
from askchopper.services.studio import draft_sounds, drafts
from askchopper.vocabulary import JobName, UploadPurpose, UploadState

ABANDONED_DAYS = 7
ZIP = "zip"
_NO_UPLOAD = "There is no such upload."


class DuplicateError(ConflictError):
    """The same content exists already. Includes the location if the file is the sender's own."""

    title = "Already here"

    def __init__(self, sentence: str, *, link: str = "") -> None:
        super().__init__(sentence)
        self.link = link

    def extra(self) -> dict[str, Any]:
        """Return the extra fields of the response: ``link`` to the existing file, if it is the sender's own."""
        return {"link": self.link} if self.link else {}


class DamagedOriginalError(DuplicateError):
    """The sender already sells this content, but its stored file ``key`` is damaged; the caller replaces it with the upload."""

    title = "Repaired"

    def __init__(self, sentence: str, *, link: str, key: str) -> None:
        super().__init__(sentence, link=link)
        self.key = key


async def begin(
    session: AsyncSession,
    viewer: Viewer,
    *,
    file_name: str,
    size_bytes: int,
    draft_id: str | None = None,
    purpose: UploadPurpose = UploadPurpose.SOUND,
) -> UploadSummary:
    """Open an upload for a draft or, as a document, for the assistant. Drafts also accept zips.

    Documents have their own formats, limits and quota.

    Raises:
        InvalidInputError: the extension or size is not accepted, or a document names a draft.
        TooLargeError: the file is too large, or the quota of the viewer or the draft would be exceeded.
        ConflictError: too many open uploads, or the draft is not editable.
        NotFoundError: the viewer has no such draft.
        RateLimitedError: too many new uploads.
        StorageFullError: the disk would be full up to its reserve.
        UnavailableError: uploads are switched off, or the member's released files are being deleted to make room.

    Invariant: the sizes of a member's uploads, finished or not, never exceed the quota.
    """
    name = clean_line(
        file_name.replace("\\", "/").rpartition("/")[2], label="The file name", field="name", max_length=255
    )
    if isinstance(size_bytes, bool) or size_bytes < 1:
        raise InvalidInputError("An empty file cannot be uploaded.", field="size")
    free_space.check(size_bytes)
    is_document = purpose is UploadPurpose.DOCUMENT
    if is_document:
        _check_document(name, size_bytes, draft_id)
    else:
        _check_sound(name, size_bytes, draft_id)
        await switches.require(Switch.UPLOADS)
    await limits.hit((limits.DOCUMENT if is_document else limits.UPLOAD, str(viewer.user_id)))
    known_draft = await drafts.lock(session, viewer, draft_id=draft_id) if draft_id else None
    if is_document:
        await upload_quotas.check_document(session, viewer, size_bytes)
    else:
        await upload_quotas.check_sound(session, viewer, size_bytes)
    await upload_quotas.check_pack(session, known_draft, size_bytes)
    row = await session.execute(
        insert(upload_rows)
        .values(
            id=new_id(),
            user_id=viewer.user_id,
            draft_id=known_draft,
            purpose=purpose,
            file_name=name,
            size_bytes=size_bytes,
            state=UploadState.RECEIVING,
        )
        .returning(*COLUMNS)
    )
    return line_of(row.one())


async def find(session: AsyncSession, viewer: Viewer, *, upload_id: str) -> UploadSummary:
    """Return one of the viewer's uploads.

    Raises:
        NotFoundError: the viewer has no such upload.
    """
    return line_of(await _own_row(session, viewer, upload_id))


async def resume(session: AsyncSession, viewer: Viewer, *, upload_id: str) -> UploadSummary:
    """Return one of the viewer's uploads and refresh its expiry, at most once an hour.

    Raises:
        NotFoundError: the viewer has no such upload.
    """
    row = await _own_row(session, viewer, upload_id, _IS_NOTED)
    if row.state == UploadState.RECEIVING and not row.is_noted:
        await session.execute(update(upload_rows).where(upload_rows.c.id == row.id).values(updated_at=func.now()))
    return line_of(row)


async def list_open(
    session: AsyncSession,
    viewer: Viewer,
    *,
    draft_id: str | None = None,
    purpose: UploadPurpose = UploadPurpose.SOUND,
) -> tuple[UploadSummary, ...]:
    """List the viewer's resumable uploads of one purpose, of one draft or of all, newest first, at most ``MAX_OPEN``."""
    of_draft = (upload_rows.c.draft_id == drafts.as_id(draft_id),) if draft_id else ()
    rows = await session.execute(
        select(*COLUMNS)
        .where(
            upload_rows.c.user_id == viewer.user_id,
            upload_rows.c.state == UploadState.RECEIVING,
            upload_rows.c.purpose == purpose,
            *of_draft,
        )
        .order_by(upload_rows.c.created_at.desc())
        .limit(upload_quotas.MAX_OPEN)
    )
    return tuple(line_of(row) for row in rows)


async def check_new(session: AsyncSession, viewer: Viewer, *, sha256: str) -> None:
    """Require that the content of a sound is neither on sale nor among the viewer's uploads.

    Uploads in discarded drafts do not count.

    Raises:
        DamagedOriginalError: the content exists as a sound of the viewer's whose stored file is damaged.
        DuplicateError: the content exists. For another member's sound, the message reveals only that.
    """
    found = await session.execute(_SAME_BYTES, {"sha256": sha256, "user_id": viewer.user_id})
    same = found.one_or_none()
    if same is None:
        return
    if same.damaged_key:
        sentence = f"Our copy of {same.file_name} in {same.title} was damaged. This upload replaced it, and buyers can download it again."
        raise DamagedOriginalError(sentence, link=routes.pack(same.slug), key=same.damaged_key)
    if same.rank == 0:
        raise DuplicateError(f"You have this sound in {same.title} already.", link=routes.pack(same.slug))
    if same.rank == 1:
        raise DuplicateError("This sound is in the catalogue already, so it cannot be sold again.")
    raise DuplicateError(f"You have uploaded this sound before, as {same.file_name}.")


def store_key(upload: UploadSummary, *, sha256: str) -> str:
    """Return the storage key of an upload, which contains only the extension of the file's own name."""
    if upload.is_document:
        return knowledge.store_key(upload.id, sha256=sha256, file_name=upload.file_name)
    folder = f"packs/{upload.draft_id}" if upload.draft_id else f"uploads/{upload.id}"
    return f"{folder}/{sha256}.{upload.file_name.rpartition('.')[2].lower()}"


async def finish(session: AsyncSession, viewer: Viewer, *, upload: UploadSummary, sha256: str) -> UploadSummary:
    """Complete an upload whose file is in the store: add it to its draft or documents. Idempotent.

    If the viewer already has the document, ``document_id`` is the existing id, which differs from the upload's, and the file
    stored for the upload can be deleted.

    Raises:
        NotFoundError: the viewer no longer has such an upload or draft.
        ConflictError: the draft is not editable.
        DuplicateError: another upload of the same sound completed concurrently; the session is unusable afterwards.
    """
    if upload.is_document:
        return await _finish_document(session, viewer, upload=replace(upload, sha256=sha256))
    key = store_key(upload, sha256=sha256)
    has_same = draft_rows.c.id.in_(select(upload_rows.c.draft_id).where(upload_rows.c.sha256 == sha256))
    await drafts.delete_discarded(session, draft_rows.c.user_id == viewer.user_id, has_same)
    try:
        found = await session.execute(
            update(upload_rows)
            .where(upload_rows.c.id == upload.id, upload_rows.c.user_id == viewer.user_id)
            .values(state=UploadState.STORED, sha256=sha256, store_key=key, updated_at=func.now())
            .returning(*COLUMNS)
        )
    except IntegrityError as error:
        raise DuplicateError("You have uploaded this sound before.") from error
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(_NO_UPLOAD)
    stored = line_of(row)
    if stored.draft_id and stored.file_name.lower().endswith(f".{ZIP}"):
        await jobs.enqueue(session, JobName.UNPACK, lock=str(stored.draft_id), upload_id=str(stored.id))
    elif stored.draft_id:
        new = NewUpload(stored.id, stored.file_name, stored.size_bytes, sha256, key, stored.created_at)
        await draft_sounds.add_file(session, viewer, draft_id=stored.draft_id, new=new)
    log.info("uploads.stored", user=str(viewer.user_id), upload=str(upload.id), bytes=upload.size_bytes)
    return stored


async def _finish_document(session: AsyncSession, viewer: Viewer, *, upload: UploadSummary) -> UploadSummary:
    await _own_row(session, viewer, str(upload.id))
    document = await knowledge.add(session, viewer, upload=upload)
    known_id = uuid.UUID(document.id)
    key = select(documents.c.store_key).where(documents.c.id == known_id).scalar_subquery()
    found = await session.execute(
        update(upload_rows)
        .where(upload_rows.c.id == upload.id, upload_rows.c.user_id == viewer.user_id)
        .values(
            state=UploadState.STORED, sha256=upload.sha256, store_key=key, document_id=known_id, updated_at=func.now()
        )
        .returning(*COLUMNS)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(_NO_UPLOAD)
    return line_of(row)


async def cancel(session: AsyncSession, viewer: Viewer, *, upload_id: str) -> uuid.UUID:
    """Cancel an unfinished or refused upload; returns its id, so that the caller can delete the partial file.

    Raises:
        NotFoundError: the viewer has no such upload.
        ConflictError: it is finished.
    """
    upload = await find(session, viewer, upload_id=upload_id)
    if upload.state is UploadState.STORED:
        raise ConflictError("This upload is finished.")
    await session.execute(delete(upload_rows).where(upload_rows.c.id == upload.id))
    return upload.id


async def expire_stale(session: AsyncSession) -> tuple[uuid.UUID, ...]:
    """Delete unfinished and refused uploads idle for ``ABANDONED_DAYS``; returns their ids, for deleting the partial files."""
    gone = await session.execute(
        delete(upload_rows)
        .where(
            upload_rows.c.state.in_((UploadState.RECEIVING, UploadState.REFUSED)),
            upload_rows.c.updated_at < func.now() - func.make_interval(0, 0, 0, ABANDONED_DAYS),
        )
        .returning(upload_rows.c.id)
    )
    return tuple(row.id for row in gone)


def _check_sound(name: str, size_bytes: int, draft_id: str | None) -> None:
    stem, _, extension = name.rpartition(".")
    known = (*policy.SOUND_EXTENSIONS, ZIP) if draft_id else policy.SOUND_EXTENSIONS
    if not stem or extension.lower() not in known:
        sentence = f"This audio format is not supported. Upload {policy.SOUND_FORMATS}."
        raise InvalidInputError(sentence, field="name")
    if size_bytes > policy.MAX_FILE_BYTES:
        raise TooLargeError(f"A file can be up to {policy.megabytes(policy.MAX_FILE_BYTES)}.")


def _check_document(name: str, size_bytes: int, draft_id: str | None) -> None:
    if draft_id:
        raise InvalidInputError("A document for the assistant cannot be part of a pack.", field="pack")
    formats.check(name, size_bytes)


COLUMNS = (
    upload_rows.c.id,
    upload_rows.c.draft_id,
    upload_rows.c.purpose,
    upload_rows.c.document_id,
    upload_rows.c.file_name,
    upload_rows.c.size_bytes,
    upload_rows.c.state,
    upload_rows.c.sha256,
    upload_rows.c.created_at,
    upload_rows.c.problem,
    upload_rows.c.problem_link,
)
_ASKER, _SHA256 = bindparam("user_id", type_=Uuid), bindparam("sha256", type_=String)
_SOLD = (
    select(
        packs.c.slug, packs.c.title, audio_files.c.title.label("file_name"), case((creators.c.user_id == _ASKER, 0), else_=1).label("rank"),
        case((audio_files.c.damaged_at.is_not(None) & (creators.c.user_id == _ASKER), audio_files.c.master_key)).label("damaged_key"),
    )
    .select_from(audio_files.join(packs, packs.c.id == audio_files.c.pack_id).join(creators, creators.c.id == packs.c.creator_id))
    .where(audio_files.c.sha256 == _SHA256)
)  # fmt: skip
# Content that is only in a discarded draft may be sent again; ``finish`` then deletes that draft.
_SENT = (
    select(null(), null(), upload_rows.c.file_name, literal(2), null())
    .select_from(upload_rows.outerjoin(draft_rows, draft_rows.c.id == upload_rows.c.draft_id))
    .where(
        upload_rows.c.user_id == _ASKER, upload_rows.c.sha256 == _SHA256, upload_rows.c.purpose == UploadPurpose.SOUND,
        draft_rows.c.discarded_at.is_(None),
    )
)  # fmt: skip
# The viewer's own published sounds first, then those of others, then unpublished uploads.
_SAME_BYTES = _SOLD.union_all(_SENT).order_by("rank").limit(1)
_IS_NOTED = (upload_rows.c.updated_at > func.now() - func.make_interval(0, 0, 0, 0, 1)).label("is_noted")


async def _own_row(session: AsyncSession, viewer: Viewer, upload_id: str, *more: Any) -> Any:
    known_id = require_id(upload_id, _NO_UPLOAD)
    mine = (upload_rows.c.id == known_id, upload_rows.c.user_id == viewer.user_id)
    row = (await session.execute(select(*COLUMNS, *more).where(*mine))).one_or_none()
    if row is None:
        raise NotFoundError(_NO_UPLOAD)
    return row


def line_of(row: Any) -> UploadSummary:
    """Build the summary from a row of ``COLUMNS``."""
    return UploadSummary(
        id=row.id,
        draft_id=row.draft_id,
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        state=UploadState(row.state),
        sha256=row.sha256,
        created_at=row.created_at,
        purpose=UploadPurpose(row.purpose),
        document_id=row.document_id,
        problem=row.problem,
        problem_link=row.problem_link,
    )
