"""Resumable uploads. ``HEAD`` returns the offset; ``PUT`` continues from it, even days later.

For a ``direct`` upload, a browser requests a grant, uploads the file to Vercel Blob and reports completion; a job then checks the file.
``PUT`` works as well.

The body is written and hashed off the event loop while more of it arrives, a megabyte at a time, so memory use does not grow with the
file. Received data survives a lost connection and a crash.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field, StrictInt
from starlette.requests import ClientDisconnect

from askchopper import routes
from askchopper.api.dependencies import SignedIn
from askchopper.api.responses import Moment
from askchopper.database import autocommit, read_only, retrying, transaction
from askchopper.errors import ConflictError, TooLargeError, TooSlowError
from askchopper.integrations.blob_store import PartFile, UploadGrant, WriteBehind, remove_unfinished, store
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.text import clean_file_name
from askchopper.schemas.uploads import UploadSummary
from askchopper.services import direct_uploads, released_files, storage_maintenance, uploads
from askchopper.vocabulary import UploadPurpose, UploadState

router = APIRouter(prefix="/uploads", tags=["uploads"])
_PATIENCE_SECONDS = 30.0
_OFFSET, _LENGTH = "Upload-Offset", "Upload-Length"
Offset = Annotated[int, Header(alias=_OFFSET, ge=0, description="How much of the file was uploaded before.")]


class UploadRequest(BaseModel):
    """A file to upload: name, size in bytes, and target: a draft, or the assistant's documents."""

    name: Annotated[str, Field(min_length=1, max_length=1000)]
    size: Annotated[StrictInt, Field(ge=0, le=2**53)]
    pack: Annotated[str | None, Field(max_length=40)] = None
    purpose: UploadPurpose = UploadPurpose.SOUND


class Upload(BaseModel):
    """State of an upload.

    ``offset`` is the number of bytes received, ``document_id`` the resulting document, ``direct`` whether the file can be uploaded
    directly to the store, and ``problem`` why it was refused, with a link to an existing copy.
    """

    id: str
    pack: str | None
    purpose: UploadPurpose
    document_id: str | None
    name: str
    size: int
    offset: int
    state: UploadState
    sha256: str | None
    created_at: Moment
    direct: bool
    problem: str
    link: str

    @classmethod
    def of(cls, upload: UploadSummary) -> "Upload":
        return cls(
            id=str(upload.id), pack=str(upload.draft_id) if upload.draft_id else None, purpose=upload.purpose,
            document_id=str(upload.document_id) if upload.document_id else None, name=upload.file_name, size=upload.size_bytes, offset=_offset_of(upload), state=upload.state,
            sha256=upload.sha256, created_at=upload.created_at, direct=bool(store().upload_url), problem=upload.problem, link=upload.problem_link,
        )  # fmt: skip


class OffsetError(ConflictError):
    """The request body does not start at the current offset; the error carries that offset."""

    title = "Wrong offset"

    def __init__(self, offset: int) -> None:
        super().__init__(f"{offset:,} bytes have arrived. Continue from there.")
        self.offset = offset

    def extra(self) -> dict[str, int]:
        return {"offset": self.offset}


@router.post("", status_code=201)
async def begin(viewer: SignedIn, wanted: UploadRequest, response: Response) -> Upload:
    """Create an upload. Send its pieces to the URL in `Location`."""
    async with transaction() as session:
        upload = await uploads.begin(
            session,
            viewer,
            file_name=clean_file_name(wanted.name),
            size_bytes=wanted.size,
            draft_id=wanted.pack,
            purpose=wanted.purpose,
        )
    response.headers["Location"] = f"{routes.API}/uploads/{upload.id}"
    return Upload.of(upload)


@router.get("")
async def list_open(
    viewer: SignedIn, pack: str | None = None, purpose: UploadPurpose = UploadPurpose.SOUND
) -> list[Upload]:
    """List unfinished uploads: those of one draft, of all drafts, or of documents."""
    async with read_only() as session:
        lines = await uploads.list_open(session, viewer, draft_id=pack, purpose=purpose)
    return [Upload.of(upload) for upload in lines]


@router.head("/{upload_id}", status_code=204)
async def head(viewer: SignedIn, upload_id: str) -> Response:
    """Return the current offset."""
    async with read_only() as session:
        upload = await uploads.find(session, viewer, upload_id=upload_id)
    offset = _offset_of(upload)
    if not offset and store().upload_url:
        offset = await direct_uploads.arrived_bytes(upload)
    return Response(status_code=204, headers={_OFFSET: str(offset), _LENGTH: str(upload.size_bytes)})


@router.get("/{upload_id}")
async def get(viewer: SignedIn, upload_id: str) -> Upload:
    """Return the state of an upload."""
    async with read_only() as session:
        return Upload.of(await uploads.find(session, viewer, upload_id=upload_id))


@router.post("/{upload_id}/grant")
async def grant(viewer: SignedIn, upload_id: str, response: Response) -> UploadGrant:
    """Return a token to upload the file directly to Vercel Blob, valid for 15 minutes. Request another one for a longer upload."""
    given = await direct_uploads.grant(viewer, upload_id=upload_id)
    response.headers["Cache-Control"] = "no-store"
    return given


@router.post("/{upload_id}/complete")
async def complete(viewer: SignedIn, upload_id: str) -> Upload:
    """Report that a direct upload was sent. `checking` becomes `stored` or `refused`."""
    return Upload.of(await direct_uploads.complete(viewer, upload_id=upload_id))


@router.put("/{upload_id}")
async def send(viewer: SignedIn, upload_id: str, request: Request, response: Response, offset: Offset = 0) -> Upload:
    """Upload the rest of the file, or a piece of it, starting at `Upload-Offset`. The last piece completes the upload."""
    async with autocommit() as session:
        upload = await uploads.resume(session, viewer, upload_id=upload_id)
    if upload.state is UploadState.RECEIVING:
        upload = await _receive(viewer, upload, request, offset)
    response.headers[_OFFSET] = str(_offset_of(upload))
    return Upload.of(upload)


@router.delete("/{upload_id}", status_code=204)
async def cancel(viewer: SignedIn, upload_id: str) -> Response:
    """Cancel an upload and delete the received data."""
    async with transaction() as session:
        known_id = await uploads.cancel(session, viewer, upload_id=upload_id)
    await remove_unfinished(store(), str(known_id))
    return Response(status_code=204)


async def _receive(viewer: Viewer, upload: UploadSummary, request: Request, offset: int) -> UploadSummary:
    part = store().part(str(upload.id))
    await asyncio.to_thread(part.open)
    try:
        missing = _missing_bytes(upload, part, request, offset)
        await _append_all(part, request, missing)
        if part.size_bytes() < upload.size_bytes:
            return upload
        return await _store_upload(viewer, upload, part)
    finally:
        part.close()


def _missing_bytes(upload: UploadSummary, part: PartFile, request: Request, offset: int) -> int:
    """Return the number of missing bytes.

    Raises:
        OffsetError: the body does not start at the current offset.
        TooLargeError: the announced body is longer than that.
    """
    arrived = part.size_bytes()
    if offset != arrived:
        raise OffsetError(arrived)
    missing = upload.size_bytes - arrived
    announced = int(request.headers.get("content-length", "0"))
    if announced > missing:
        raise TooLargeError(f"{missing:,} bytes are missing, and {announced:,} were announced.")
    return missing


async def _append_all(part: PartFile, request: Request, missing: int) -> None:
    """Append the request body to the partial file as it arrives. A lost connection raises no error, since the client resumes.

    Raises:
        TooLargeError: the body is longer than ``missing`` bytes.
        TooSlowError: no data arrived for 30 seconds.
    """
    pieces = request.stream()
    behind = WriteBehind(part)
    try:
        while True:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                piece = await anext(pieces, b"")
            missing -= len(piece)
            if missing < 0:
                raise TooLargeError("The body is larger than the declared size. Cancel the upload and start again.")
            if not piece:
                return
            await behind.add(piece)
    except ClientDisconnect:
        pass
    except TimeoutError as error:
        raise TooSlowError("No data arrived for half a minute. Resume the upload.") from error
    finally:
        # Also on errors: the partial file must not be closed, nor its size reported, while a batch is still being written.
        await behind.settle()


async def _store_upload(viewer: Viewer, upload: UploadSummary, part: PartFile) -> UploadSummary:
    """Move a completed upload to the store. Safe to repeat after a crash, since the key depends only on the content."""
    sha256 = part.digest()
    key = uploads.store_key(upload, sha256=sha256)
    if upload.is_document:
        return await _store_document(viewer, upload, part, key)
    try:
        await _seal_new(viewer, part, sha256, key)
        await store().adopt(part, key)
        return await retrying(lambda session: uploads.finish(session, viewer, upload=upload, sha256=sha256))
    except uploads.DuplicateError as error:
        if isinstance(error, uploads.DamagedOriginalError):
            await store().adopt(part, error.key)
            await storage_maintenance.restored(error.key)
        async with transaction() as session:
            await uploads.cancel(session, viewer, upload_id=str(upload.id))
        await asyncio.to_thread(part.remove)
        if upload.draft_id is None:
            # Within a draft the key depends only on the content, so it may be that of the earlier upload. A copy that is left
            # in another draft's folder is garbage-collected.
            await store().delete(key)
        raise


async def _store_document(viewer: Viewer, upload: UploadSummary, part: PartFile, key: str) -> UploadSummary:
    sha256 = await asyncio.to_thread(part.seal)
    await store().adopt(part, key)
    stored = await retrying(lambda session: uploads.finish(session, viewer, upload=upload, sha256=sha256))
    if stored.document_id != upload.id:  # a document with this content exists already
        await store().delete(key)
    return stored


async def _seal_new(viewer: Viewer, part: PartFile, sha256: str, key: str) -> None:
    """Flush a file to disk and, concurrently, check that its content is new.

    Raises:
        DuplicateError: the content exists already.
    """
    sealing = asyncio.create_task(asyncio.to_thread(part.seal))
    try:
        async with transaction() as session:
            await uploads.check_new(session, viewer, sha256=sha256)
            await released_files.cancel(session, [key])
    finally:
        await sealing  # a thread cannot be cancelled, and it uses the file that the caller closes or deletes next


def _offset_of(upload: UploadSummary) -> int:
    has_arrived = upload.state in {UploadState.CHECKING, UploadState.STORED}
    return upload.size_bytes if has_arrived else store().part(str(upload.id)).size_bytes()
