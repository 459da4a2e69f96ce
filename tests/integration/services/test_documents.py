"""Documents from upload to passages: access, deduplication, deletion."""

import asyncio
import uuid

import pytest
from PIL import Image

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.integrations.blob_store import store
from askchopper.schemas.accounts import Viewer
from askchopper.services import limits, released_files
from askchopper.services.knowledge import documents, ingestion, passages
from askchopper.settings import environment
from askchopper.vocabulary import DocumentKind, DocumentState
from tests.support import sample_documents
from tests.support.clients import api_client
from tests.support.factories import make_user
from tests.support.studio_sounds import beat

pytestmark = pytest.mark.integration
CONTRACT = sample_documents.pdf(
    "1. Grant of Licence\nThe producer grants a non-exclusive licence to use the beat.",
    "2. Royalties\nThe artist pays fifty percent of the publishing income to the producer every quarter.",
)


async def ask(viewer: Viewer, question: str, **options: object):
    async with read_only() as session:
        return await passages.find_passages(session, viewer, question=question, **options)  # type: ignore[arg-type]


async def stored(prefix: str = "documents/") -> list[str]:
    return sorted([found.key async for found in store().list_files(prefix)])


async def rows(as_owner, *tables: str) -> list[int]:
    return [as_owner(f"SELECT count(*) FROM {table}")[0][0] for table in tables]


async def test_pdf_is_ingested_by_page_and_retrievable(db):
    member = await make_user()
    document_id = await sample_documents.send(member, "Beat lease.pdf", CONTRACT)
    assert (await sample_documents.get(member, document_id)).state is DocumentState.READING
    assert await sample_documents.work() == ["read_document"]
    line = await sample_documents.get(member, document_id)
    assert (line.state, line.kind, line.pages, line.is_whole) == (DocumentState.READY, DocumentKind.PDF, 2, True)
    (best, *_) = await ask(member, "What share of the royalties does the producer get?")
    assert (best.document_id, best.document_title, best.page) == (document_id, "Beat lease.pdf", 2)
    assert best.text.startswith("2. Royalties\n")
    assert best.score > 0
    async with read_only() as session:
        whole = await documents.whole_text(session, member, document_id=document_id)
        assert [page.page for page in whole] == [1, 2]
        assert await passages.get_passage(session, member, passage_id=best.id)


async def test_same_content_is_stored_once(db, as_owner):
    member = await make_user()
    first = await sample_documents.send(member, "a.txt", b"Bring two cables.")
    assert await sample_documents.send(member, "b.md", b"Bring two cables.") == first
    assert await sample_documents.send(await make_user(), "a.txt", b"Bring two cables.") != first
    await sample_documents.work()
    assert await sample_documents.send(member, "c.txt", b"Bring two cables.") == first
    assert await sample_documents.work() == []
    assert await rows(as_owner, "documents", "document_passages") == [2, 2]
    assert len(await stored(f"documents/{first}/")) == 1


async def test_same_content_concurrently_is_stored_once(db, as_owner):
    member = await make_user()
    before = len(await stored())
    ids = await asyncio.gather(*(sample_documents.send(member, f"{number}.txt", b"At once.") for number in range(4)))
    await sample_documents.work()
    assert len(set(ids)) == 1
    assert await rows(as_owner, "documents", "document_passages") == [1, 1]
    assert len(await stored()) - before == 1


async def test_same_sound_can_be_document_and_for_sale(db):
    member, sound = await make_user(), beat(bpm=120)
    await sample_documents.send(member, "beat.wav", sound)
    async with api_client(member) as client:
        begun = await client.post("/api/v1/uploads", json={"name": "beat.wav", "size": len(sound)})
        sent = await client.put(begun.headers["location"], content=sound, headers={"Upload-Offset": "0"})
    assert (sent.status_code, sent.json()["document_id"]) == (200, None)


async def test_failed_document_is_retried_when_uploaded_again(db):
    member = await make_user()
    document_id = await sample_documents.send(member, "a.txt", b"Some words.")
    await ingestion.mark_failed(uuid.UUID(document_id))
    failed = await sample_documents.get(member, document_id)
    assert (failed.state, failed.problem) == (DocumentState.FAILED, ingestion.UNREADABLE)
    await sample_documents.work()
    assert await sample_documents.send(member, "a.txt", b"Some words.") == document_id
    await sample_documents.work()
    assert (await sample_documents.get(member, document_id)).state is DocumentState.READY


async def test_corrected_file_name_fixes_a_document(db):
    member = await make_user()
    wrong = await sample_documents.sent_and_read(member, "Beat lease.txt", CONTRACT)
    right = await sample_documents.sent_and_read(member, "Beat lease.pdf", CONTRACT)
    assert (wrong.state, right.state, right.id) == (DocumentState.FAILED, DocumentState.READY, wrong.id)
    assert (right.title, right.kind, right.pages) == ("Beat lease.pdf", DocumentKind.PDF, 2)


async def test_ingestion_is_idempotent(db, as_owner):
    member = await make_user()
    line = await sample_documents.ready(member, "Beat lease.pdf", CONTRACT)
    first = as_owner("SELECT id, text FROM document_passages ORDER BY position")
    await ingestion.ingest(uuid.UUID(line.id))
    await ingestion.mark_failed(uuid.UUID(line.id))
    assert as_owner("SELECT id, text FROM document_passages ORDER BY position") == first
    as_owner("UPDATE documents SET state = 'reading'")  # as if the worker was killed before the commit
    await asyncio.gather(*(ingestion.ingest(uuid.UUID(line.id)) for _ in range(2)))
    assert [text for _, text in as_owner("SELECT id, text FROM document_passages ORDER BY position")] == [
        text for _, text in first
    ]
    assert (await sample_documents.get(member, line.id)).state is DocumentState.READY


async def test_documents_of_others_are_not_found(db):
    owner, other = await make_user(), await make_user()
    line = await sample_documents.ready(owner, "Beat lease.pdf", CONTRACT)
    (found, *_) = await ask(owner, "licence")
    assert await ask(other, "licence") == ()
    assert await ask(other, "licence", document_ids=[line.id]) == ()
    async with transaction() as session:
        assert await documents.find_documents(session, other, document_ids=[line.id]) == ()
        assert (await documents.list_documents(session, other)).items == ()
        for call in (documents.get_document, documents.whole_text, documents.remove):
            with pytest.raises(NotFoundError):
                await call(session, other, document_id=line.id)
        with pytest.raises(NotFoundError):
            await passages.get_passage(session, other, passage_id=found.id)
    async with api_client(other) as client:
        for path in (line.id, f"{line.id}/passages/{found.id}"):
            assert (await client.get(f"/api/v1/documents/{path}")).status_code == 404
        assert (await client.delete(f"/api/v1/documents/{line.id}")).status_code == 404
    assert (await sample_documents.get(owner, line.id)).state is DocumentState.READY


async def test_delete_removes_rows_and_files(db, as_owner):
    member = await make_user()
    text = await sample_documents.ready(member, "Beat lease.pdf", CONTRACT)
    picture = await sample_documents.ready(member, "cover.png", _png())
    assert len(await stored(f"documents/{picture.id}/")) == 2
    async with api_client(member) as client:
        for line in (text, picture):
            assert (await client.delete(f"/api/v1/documents/{line.id}")).status_code == 204
            assert (await client.get(f"/api/v1/documents/{line.id}")).status_code == 404
    assert await sample_documents.work() == ["forget_document", "forget_document"]
    assert await rows(as_owner, "documents", "document_pages", "document_passages", "uploads") == [0] * 4
    assert await stored(f"documents/{text.id}/") + await stored(f"documents/{picture.id}/") == []


async def test_delete_while_queued(db, as_owner):
    member = await make_user()
    document_id = await sample_documents.send(member, "cover.png", _png())
    async with transaction() as session:
        assert await documents.remove(session, member, document_id=document_id) == "cover.png"
    assert await sample_documents.work() == ["read_document", "forget_document"]
    assert await stored(f"documents/{document_id}/") == []


async def test_delete_job_skips_existing_document(db):
    member = await make_user()
    line = await sample_documents.ready(member, "a.txt", b"Some words.")
    await ingestion.delete_files(uuid.UUID(line.id))
    assert len(await stored(f"documents/{line.id}/")) == 1


async def test_picture_is_prepared_for_the_model(db):
    member = await make_user()
    line = await sample_documents.ready(member, "cover.png", _png(3000, 1500))
    assert line.facts == {
        "width": 3000, "height": 1500, "shown_width": 1568, "shown_height": 784, "shown_type": "image/png",
    }  # fmt: skip
    assert line.tokens_estimate == 1640
    shown = await documents.model_image(store(), line)
    assert shown.media_type == "image/png"
    assert Image.open(_file(shown.content)).size == (1568, 784)
    assert await ask(member, "cover") == ()
    with pytest.raises(NotFoundError):
        await documents.model_image(store(), await sample_documents.ready(member, "a.txt", b"Some words."))


async def test_sound_is_measured_and_retrievable(db):
    member = await make_user()
    line = await sample_documents.ready(member, "beat.wav", beat(bpm=120))
    assert line.facts["bpm"]
    assert line.facts["duration"] > 0
    (passage,) = await ask(member, "Which tempo has the beat?")
    assert f"{line.facts['bpm']:.1f} BPM" in passage.text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("contract.pdf", b"MZ" + bytes(400), ".pdf, but the content is a Windows program"),
        ("notes.txt", CONTRACT, ".txt, but the content is a PDF"),
        ("letter.docx", b"<!DOCTYPE html><p>Hello", ".docx, but the content is a web page"),
        ("locked.pdf", sample_documents.pdf("secret", password="x"), "password"),
    ],
)
async def test_unreadable_documents_state_the_reason(db, name: str, content: bytes, words: str):
    line = await sample_documents.sent_and_read(await make_user(), name, content)
    assert line.state is DocumentState.FAILED
    assert words in line.problem
    assert not line.is_whole


async def test_list_pages_and_name_search(db):
    member = await make_user()
    for number in range(5):
        await sample_documents.send(member, f"Rider {number}.txt", f"rider {number}".encode())
    await sample_documents.send(member, "100% split.txt", b"split")
    async with api_client(member) as client:
        first = (await client.get("/api/v1/documents", params={"limit": 4})).json()
        second = (await client.get("/api/v1/documents", params={"cursor": first["next_cursor"]})).json()
        named = (await client.get("/api/v1/documents", params={"q": "100% SPLIT"})).json()
        bad = [await client.get("/api/v1/documents", params={"cursor": cursor}) for cursor in ("x", "WzFd", "W251bGxd")]
    titles = [item["title"] for item in first["items"] + second["items"]]
    assert titles == ["100% split.txt", *(f"Rider {number}.txt" for number in range(4, -1, -1))]
    assert second["next_cursor"] is None
    assert [item["title"] for item in named["items"]] == ["100% split.txt"]
    assert [answer.status_code for answer in bad] == [422] * 3


async def test_named_documents_keep_order_and_are_unique(db):
    member, other = await make_user(), await make_user()
    a, b = [await sample_documents.send(member, f"{name}.txt", name.encode()) for name in "ab"]
    foreign = await sample_documents.send(other, "c.txt", b"c")
    async with read_only() as session:
        found = await documents.find_documents(session, member, document_ids=[b, "x", foreign, a, b, str(uuid.uuid4())])
    assert [line.id for line in found] == [b, a]


async def test_passage_belongs_to_its_document(db):
    member = await make_user()
    line, other = (
        await sample_documents.ready(member, "a.txt", b"Some words."),
        await sample_documents.ready(member, "b.txt", b"Others."),
    )
    (found,) = await ask(member, "words")
    async with api_client(member) as client:
        right = await client.get(f"/api/v1/documents/{line.id}/passages/{found.id}")
        wrong = await client.get(f"/api/v1/documents/{other.id}/passages/{found.id}")
    assert (right.status_code, right.json()["text"], wrong.status_code) == (200, "Some words.", 404)


async def test_retrieval_tolerates_typos(db):
    member = await make_user()
    await sample_documents.ready(member, "Beat lease.pdf", CONTRACT)
    (best,) = await ask(member, "publisching incone?")
    assert best.page == 2


async def test_any_question_is_accepted(db):
    member = await make_user()
    await sample_documents.ready(member, "a.txt", b"Some words.")
    for question in ("", " ", "?!", "the of and", "\x00", "' OR 1=1 --", "a" * 5000, "words & | ! :* <->", "%_\\"):
        await ask(member, question)
    assert await ask(member, "words", document_ids=[]) == ()
    assert await ask(member, "words", document_ids=["x"]) == ()


@pytest.mark.parametrize(
    ("name", "size", "pack", "status"),
    [
        ("a.exe", 10, None, 422), ("pdf", 10, None, 422), (".pdf", 10, None, 422), ("a.pdf", 0, None, 422),
        ("a.pdf", policy.MAX_DOCUMENT_BYTES + 1, None, 413), ("a.wav", policy.MAX_DOCUMENT_BYTES + 1, None, 201),
        ("a.wav", policy.MAX_AUDIO_DOCUMENT_BYTES + 1, None, 413), ("a.pdf", 10, "01a20e4a-9c5d-7c0b-ad82-737470906b29", 422),
    ],
)  # fmt: skip
async def test_upload_validation(db, name: str, size: int, pack: str | None, status: int):
    async with api_client(await make_user()) as client:
        wanted = {"name": name, "size": size, "pack": pack, "purpose": "document"}
        answer = await client.post("/api/v1/uploads", json=wanted)
        listed = (await client.get("/api/v1/uploads", params={"purpose": "document"})).json()
        assert (await client.get("/api/v1/uploads")).json() == []
    assert answer.status_code == status
    assert len(listed) == (status == 201)


async def test_documents_have_their_own_quota(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "DOCUMENT_QUOTA_FILES", 3)
    member = await make_user()
    await sample_documents.send(member, "a.txt", b"a")
    await sample_documents.send(member, "copy.txt", b"a")
    async with api_client(member) as client:
        wanted = {"name": "b.txt", "size": 1, "purpose": "document"}
        answers = await asyncio.gather(*(client.post("/api/v1/uploads", json=wanted) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 413, 413]
        assert (await client.post("/api/v1/uploads", json={"name": "a.wav", "size": 9})).status_code == 201
        monkeypatch.setattr(policy, "DOCUMENT_QUOTA_FILES", 100)
        monkeypatch.setattr(policy, "DOCUMENT_QUOTA_BYTES", 10)
        full = await client.post("/api/v1/uploads", json={**wanted, "size": 8})
    assert (full.status_code, "Remove one first" in full.json()["detail"]) == (413, True)


async def test_released_sounds_do_not_count_as_documents(db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(policy, "DOCUMENT_QUOTA_BYTES", 10)
    member = await make_user()
    async with transaction() as session:
        await released_files.release_keys(session, member.user_id, {"packs/a": 100})
    async with api_client(member) as client:
        wanted = {"name": "b.txt", "size": 8, "purpose": "document"}
        assert (await client.post("/api/v1/uploads", json=wanted)).status_code == 201


async def test_five_documents_a_minute(db, limits_on):
    member = await make_user()
    async with api_client(member) as client:
        wanted = {"name": "b.txt", "size": 1, "purpose": "document"}
        answers = [(await client.post("/api/v1/uploads", json=wanted)).status_code for _ in range(6)]
        sound = await client.post("/api/v1/uploads", json={"name": "a.wav", "size": 9})
    assert answers == [201] * limits.DOCUMENT.quota + [429]
    assert sound.status_code == 201


async def test_invalid_cursors_are_rejected(db):
    async with read_only() as session:
        with pytest.raises(InvalidInputError):
            await documents.list_documents(session, await make_user(), cursor="bm9wZQ")


async def test_ingestion_is_limited_by_sandbox(db):
    member = await make_user()
    with environment(ASKCHOPPER_ENV="development"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingestion, "WALL_SECONDS", 0.001)
        line = await sample_documents.sent_and_read(member, "a.txt", b"Some words.")
    assert line.problem == ingestion.TOO_MUCH_WORK


def _png(width: int = 60, height: int = 40) -> bytes:
    import io

    target = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(target, "PNG")
    return target.getvalue()


def _file(content: bytes):
    import io

    return io.BytesIO(content)
