"""Document tasks of the worker: attempts, giving up, and missing files."""

import uuid
from types import SimpleNamespace

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.integrations.blob_store import store
from askchopper.services import job_failures
from askchopper.services.knowledge import documents, ingestion
from askchopper.vocabulary import DocumentState, Role
from askchopper.worker import tasks
from tests.support import sample_documents
from tests.support.factories import make_user
from tests.support.workers import forked_worker, until

pytestmark = pytest.mark.integration


def context(attempts: int = 0):
    return SimpleNamespace(job=SimpleNamespace(attempts=attempts, task_name="read_document", task_kwargs={}))


async def lose(document_id: str) -> None:
    for key in [stored.key async for stored in store().list_files(f"documents/{document_id}/")]:
        await store().delete(key)


async def test_missing_file_is_retried_then_fails(db):
    member = await make_user()
    document_id = await sample_documents.send(member, "a.txt", b"Some words.")
    await lose(document_id)
    with pytest.raises(NotFoundError):
        await tasks.read_document(context(), document_id)
    assert (await sample_documents.get(member, document_id)).state is DocumentState.READING
    await tasks.read_document(context(tasks.MAX_TRIES - 1), document_id)
    line = await sample_documents.get(member, document_id)
    assert (line.state, line.problem) == (DocumentState.FAILED, ingestion.UNREADABLE)
    async with read_only() as session:
        (failed,) = (await job_failures.failed(session, await make_user(role=Role.ADMIN))).items
    assert (failed.job, failed.attempts) == ("read_document", tasks.MAX_TRIES)
    assert failed.reason.startswith("NotFoundError: ")


async def test_document_that_kills_every_worker_fails(db):
    member = await make_user()
    document_id = await sample_documents.send(member, "a.txt", b"Some words.")
    await tasks.read_document(context(tasks.MAX_TRIES), document_id)
    assert (await sample_documents.get(member, document_id)).state is DocumentState.FAILED


async def test_deleted_document_is_no_error(db):
    await tasks.read_document(context(), str(uuid.uuid4()))
    await tasks.forget_document(context(), str(uuid.uuid4()))


async def test_task_ingests_document(db):
    member = await make_user()
    document_id = await sample_documents.send(member, "a.txt", b"Some words.")
    await tasks.read_document(context(), document_id)
    assert (await sample_documents.get(member, document_id)).state is DocumentState.READY


async def test_worker_ingests_and_deletes_documents(db, is_idle):
    member = await make_user()
    document_id = await sample_documents.send(member, "a.txt", b"Some words.")
    async with forked_worker():
        await until(is_idle)
        assert (await sample_documents.get(member, document_id)).state is DocumentState.READY
        async with transaction() as session:
            await documents.remove(session, member, document_id=document_id)
        await until(is_idle)
    assert [stored.key async for stored in store().list_files(f"documents/{document_id}/")] == []
