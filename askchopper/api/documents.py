"""The viewer's documents. They are uploaded with the purpose ``document``."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from askchopper.api.dependencies import SignedIn
from askchopper.api.document_responses import Document, Passage
from askchopper.api.responses import List
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.services.knowledge import documents, passages

router = APIRouter(prefix="/documents", tags=["documents"])
Words = Annotated[str, Query(alias="q", max_length=200, description="Words in the document's name.")]
Cursor = Annotated[str | None, Query(max_length=400)]
Limit = Annotated[int, Query(ge=1, le=documents.MAX_LIMIT)]


@router.get("")
async def list_documents(
    viewer: SignedIn, text: Words = "", cursor: Cursor = None, limit: Limit = 50
) -> List[Document]:
    async with read_only() as session:
        page = await documents.list_documents(session, viewer, text=text, cursor=cursor, limit=limit)
    return List(items=[Document.of(line) for line in page.items], next_cursor=page.next_cursor)


@router.get("/{document_id}")
async def get_document(viewer: SignedIn, document_id: str) -> Document:
    async with read_only() as session:
        return Document.of(await documents.get_document(session, viewer, document_id=document_id))


@router.delete("/{document_id}", status_code=204)
async def remove(viewer: SignedIn, document_id: str) -> Response:
    """Delete a document, its text and its files."""
    async with transaction() as session:
        await documents.remove(session, viewer, document_id=document_id)
    return Response(status_code=204)


@router.get("/{document_id}/passages/{passage_id}")
async def get_passage(viewer: SignedIn, document_id: str, passage_id: str) -> Passage:
    """Return a passage that the assistant has cited."""
    async with read_only() as session:
        line = await documents.get_document(session, viewer, document_id=document_id)
        passage = await passages.get_passage(session, viewer, passage_id=passage_id)
    if passage.document_id != line.id:
        raise NotFoundError(passages.NO_PASSAGE)
    return Passage.of(passage)
