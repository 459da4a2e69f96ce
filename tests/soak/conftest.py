"""Fixtures of the fault tests."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from askchopper import database, local_postgres
from askchopper.settings import environment
from tests.support.database import migrate, owner_url
from tests.support.database_server import Server


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short path: unix sockets allow about a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="ac-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def server(configured: None, short_folder: Path) -> AsyncIterator[Server]:
    """A migrated server for this test only, with the settings pointing to it."""
    await database.dispose()
    with local_postgres.running(short_folder, discard=True) as socket_dir:
        local_postgres.create_database(socket_dir)
        await asyncio.to_thread(migrate, owner_url(socket_dir, local_postgres.DATABASE))
        with environment(DATABASE_URL=local_postgres.url(socket_dir)):
            made = Server(short_folder)
            try:
                yield made
            finally:
                await database.dispose()
                with suppress(CalledProcessError):  # already stopped
                    await made.kill()  # the cluster only tracks the process that it started itself
