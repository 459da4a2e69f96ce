"""A full disk under the embedded Postgres (F8): it ends, and comes back by itself when space is freed; nothing is lost.

On a small file system of its own, which needs root, so with ``make soak`` only.
"""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest

from askchopper import database, local_postgres
from askchopper.database import transaction
from askchopper.errors import UnavailableError
from askchopper.integrations.blob_store import free_space
from askchopper.services.purchases import checkout
from askchopper.settings import environment
from tests.support.clients import api_client
from tests.support.database import migrate, owner_url
from tests.support.factories import check_ledger, make_creator, make_pack, make_user

pytestmark = [pytest.mark.integration, pytest.mark.soak]
DISK_MB = 260
RECOVERY_SECONDS = 30


@pytest.fixture
def small_disk() -> AsyncIterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ac-", dir="/tmp"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    folder.chmod(0o755)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def fill(path: Path) -> None:
    """Fill the disk to its last byte."""
    with suppress(OSError), path.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(4096))


def use_up_the_log(socket_dir: str) -> None:
    """Switch to the next segment of the write-ahead log until there is no space for one, which ends Postgres."""
    connection = psycopg2.connect(host=socket_dir, user=local_postgres.OWNER, dbname=local_postgres.DATABASE)
    connection.autocommit = True
    cursor = connection.cursor()
    while not connection.closed:
        with suppress(psycopg2.Error):
            cursor.execute("SELECT pg_current_xact_id()")
            cursor.execute("SELECT pg_switch_wal()")


async def buy(member, slug: str) -> None:
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=slug, price_tokens=3, key=slug)


async def test_database_returns_when_space_is_freed(configured: None, small_disk: Path):
    await database.dispose()
    with local_postgres.running(small_disk) as socket_dir:
        local_postgres.create_database(socket_dir)
        await asyncio.to_thread(migrate, owner_url(socket_dir, local_postgres.DATABASE))
        owner = local_postgres.url(socket_dir, role=local_postgres.OWNER)
        with environment(DATABASE_URL=local_postgres.url(socket_dir), DATABASE_URL_DIRECT=owner, DISK_RESERVE_MB="0"):
            seller = await make_creator()
            packs = [await make_pack(seller, price=3) for _ in range(2)]
            member = await make_user(tokens=100)
            await buy(member, packs[0].slug)
            with environment(
                DATA_DIR=str(small_disk), DISK_RESERVE_MB=str(DISK_MB)
            ):  # uploads stop before Postgres does
                assert free_space.usable_bytes() == 0
                async with api_client(member) as client:
                    assert (await client.post("/api/v1/uploads", json={"name": "a.wav", "size": 10})).status_code == 507
            fill(small_disk / "filler")
            async with asyncio.timeout(60):
                await asyncio.to_thread(use_up_the_log, socket_dir)
            with pytest.raises(UnavailableError):
                await buy(member, packs[1].slug)
            await asyncio.sleep(5)
            (small_disk / "filler").unlink()
            freed = time.monotonic()
            while True:
                with suppress(UnavailableError):
                    await buy(member, packs[1].slug)
                    break
                assert time.monotonic() - freed < RECOVERY_SECONDS
                await asyncio.sleep(0.2)
            print(f"back {time.monotonic() - freed:.1f} s after space was freed")  # noqa: T201 - for docs/faults.md
            assert (await check_ledger()).problems == ()
            await database.dispose()
    shutil.rmtree(small_disk / "postgres", ignore_errors=True)
