"""Generated documents for tests, uploaded through the API and ingested by the worker's tasks."""

import io
import uuid
import zipfile
from collections.abc import Sequence

from docx import Document
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.knowledge import DocumentSummary
from askchopper.services.knowledge import documents, ingestion
from askchopper.vocabulary import DocumentState
from tests.support.clients import api_client


def pdf(*pages: str, password: str = "", owner_password: str = "") -> bytes:
    """Create a PDF from pages of lines."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, encrypt=_lock(password, owner_password))
    for page in pages:
        canvas.setFont("Helvetica", 10)
        for number, line in enumerate(page.split("\n")):
            canvas.drawString(60, 790 - 13 * number, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _lock(password: str, owner_password: str) -> object:
    from reportlab.lib.pdfencrypt import StandardEncryption

    return (
        StandardEncryption(password, ownerPassword=owner_password, strength=128) if password + owner_password else None
    )


def scanned_pdf() -> bytes:
    """Create a PDF whose only page is an image."""
    from reportlab.lib.utils import ImageReader

    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    canvas.drawImage(ImageReader(Image.new("RGB", (400, 600), "white")), 0, 0)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def docx(*blocks: str | Sequence[Sequence[str]]) -> bytes:
    """Create a Word document: lines beginning with ``#`` become headings, lists of rows become tables."""
    made = Document()
    for block in blocks:
        if not isinstance(block, str):
            table = made.add_table(len(block), len(block[0]))
            for row, cells in enumerate(block):
                for column, cell in enumerate(cells):
                    table.cell(row, column).text = cell
        elif block.startswith("#"):
            level, _, words = block.partition(" ")
            made.add_heading(words, len(level))
        else:
            made.add_paragraph(block)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def zipped(entries: dict[str, bytes]) -> bytes:
    """Create a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


async def send(viewer: Viewer, name: str, content: bytes) -> str:
    """Upload a document through the API; returns its id."""
    async with api_client(viewer) as client:
        wanted = {"name": name, "size": len(content), "purpose": "document"}
        begun = await client.post("/api/v1/uploads", json=wanted)
        assert begun.status_code == 201, begun.text
        sent = await client.put(begun.headers["location"], content=content, headers={"Upload-Offset": "0"})
        assert sent.status_code == 200, sent.text
    return sent.json()["document_id"]


async def work() -> list[str]:
    """Run the queued document jobs and return their names."""
    done: list[str] = []
    while True:
        async with transaction() as session:
            row = (await session.execute(text(_NEXT))).one_or_none()
        if row is None:
            return done
        done.append(row.task_name)
        known_id = uuid.UUID(row.args["document_id"])
        await (ingestion.ingest if row.task_name == "read_document" else ingestion.delete_files)(known_id)


async def get(viewer: Viewer, document_id: str) -> DocumentSummary:
    """Return a document of a member."""
    async with read_only() as session:
        return await documents.get_document(session, viewer, document_id=document_id)


async def sent_and_read(viewer: Viewer, name: str, content: bytes) -> DocumentSummary:
    """Upload and ingest a document."""
    document_id = await send(viewer, name, content)
    await work()
    return await get(viewer, document_id)


async def ready(viewer: Viewer, name: str, content: bytes) -> DocumentSummary:
    """Upload and ingest a document; it must succeed."""
    line = await sent_and_read(viewer, name, content)
    assert line.state is DocumentState.READY, line.problem
    return line


_NEXT = """
    DELETE FROM jobs.procrastinate_jobs WHERE id = (
        SELECT min(id) FROM jobs.procrastinate_jobs WHERE task_name IN ('read_document', 'forget_document')
    ) RETURNING task_name, args
"""
