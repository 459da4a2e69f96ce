"""Drafts for tests: uploads of a creator, and the worker's tasks run in-process."""

import hashlib
import unittest.mock
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.media import measuring
from askchopper.media.sandbox import pool
from askchopper.schemas.accounts import Viewer
from askchopper.services import analysis, zip_uploads
from askchopper.services.studio import drafts, publishing
from askchopper.vocabulary import DraftState
from tests.support.clients import api_client

_measurements: dict[tuple[str, str], Any] = {}


async def new_draft(viewer: Viewer) -> str:
    async with transaction() as session:
        return str(await drafts.create(session, viewer))


async def send(viewer: Viewer, draft_id: str, name: str, content: bytes) -> None:
    async with api_client(viewer) as client:
        begun = await client.post("/api/v1/uploads", json={"name": name, "size": len(content), "pack": draft_id})
        assert begun.status_code == 201, begun.text
        sent = await client.put(begun.headers["location"], content=content, headers={"Upload-Offset": "0"})
        assert sent.status_code == 200, sent.text


async def work() -> list[tuple[str, dict]]:
    """Run the queued jobs in-process and return them. The same sound is measured once per process: it takes a second."""
    with _measured_once():
        return await _work()


@contextmanager
def _measured_once() -> Iterator[None]:
    run = pool.jobs.run

    async def remembered(function: Any, path: Path, *args: Any, **options: Any) -> Any:
        if function is not measuring.analyse_in_child:
            return await run(function, path, *args, **options)
        key = (_digest(path), repr(sorted(options.items())))
        if key not in _measurements:
            _measurements[key] = await run(function, path, *args, **options)
        return _measurements[key]

    with unittest.mock.patch.object(pool.jobs, "run", remembered):
        yield


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def _work() -> list[tuple[str, dict]]:
    done = []
    while True:
        async with transaction() as session:
            row = (
                await session.execute(
                    text("DELETE FROM jobs.procrastinate_jobs WHERE id = (SELECT min(id) FROM jobs.procrastinate_jobs) RETURNING task_name, args")
                )
            ).one_or_none()  # fmt: skip
        if row is None:
            return done
        done.append((row.task_name, row.args))
        if row.task_name == "analyse":
            await analysis.analyse_file(drafts.as_id(row.args["file_id"]))
        if row.task_name == "unpack":
            await zip_uploads.unpack(drafts.as_id(row.args["upload_id"]))
        if row.task_name == "publish":
            await publish(drafts.as_id(row.args["draft_id"]))


async def publish(draft_id: uuid.UUID) -> None:
    built = await publishing.build(draft_id)
    if built is not None:
        await publishing.publish(draft_id, built)


async def draft_of(viewer: Viewer, draft_id: str):
    async with read_only() as session:
        return await drafts.get(session, viewer, draft_id=draft_id)


async def submit(viewer: Viewer, draft_id: str) -> DraftState:
    async with transaction() as session:
        return await publishing.submit(session, viewer, draft_id=draft_id)
