"""Memory of the server while it streams a pack of 1 GiB as a zip to a buyer over HTTP."""

import asyncio
import hashlib
import time
import uuid
import zlib
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from askchopper import database, launcher, observability
from askchopper.database import transaction
from askchopper.schemas.publishing import NewFile, NewPack
from askchopper.services import access_tokens, accounts, sessions, wallet
from askchopper.services.catalogue import pack_store
from askchopper.vocabulary import FileKind, Role
from bench.protocol import ROUNDS, BenchError, Samples
from bench.servers import Server, product

FILES = 8
FILE_BYTES = 2**27
PRICE = 30
SLUG = "a-gibibyte"
_SAMPLE_SECONDS = 0.02
_END_OF_ZIP = b"PK\x05\x06"


async def measure() -> dict[str, Samples]:
    """Publish the pack, buy it over HTTP, then download it five times and monitor the server."""
    observability.configure(level="ERROR")
    with TemporaryDirectory(prefix="acb-", dir="/tmp") as folder:
        data_dir = Path(folder)
        await asyncio.to_thread(data_dir.chmod, 0o755)  # Postgres may run as another user
        async with product(data_dir, is_seeded=False) as server:
            token = await _prepare(data_dir)
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=60) as client:
                await _buy(client)
                growth, speed = Samples(), Samples()
                before = server.rss_mib
                for _ in range(ROUNDS):
                    peak, rate = await _download(client, server)
                    growth.ours.append(peak - before)
                    speed.ours.append(rate)
                growth.ours = [max(growth.ours)]  # the maximum of all rounds over the initial size
                growth.note = f"maximum of {ROUNDS} downloads of {FILES} files; at rest {before:.0f} MiB"
                return {"growth": growth, "speed": speed}


async def _download(client: httpx.AsyncClient, server: Server) -> tuple[float, float]:
    """Read the zip to its end; returns the highest resident size and MiB a second."""
    peak, received, tail = 0.0, 0, b""
    is_done = asyncio.Event()

    async def watch() -> None:
        nonlocal peak
        while not is_done.is_set():
            peak = max(peak, server.rss_mib)
            await asyncio.sleep(_SAMPLE_SECONDS)

    watching = asyncio.create_task(watch())
    started = time.perf_counter()
    async with client.stream("GET", f"/api/v1/library/{SLUG}/zip") as answer:
        if answer.status_code != 200:
            raise BenchError(f"The zip was refused with {answer.status_code}: {await answer.aread()!r}")
        async for chunk in answer.aiter_raw(1 << 20):
            received += len(chunk)
            tail = (tail + chunk)[-200:]
    seconds = time.perf_counter() - started
    is_done.set()
    await watching
    if received < FILES * FILE_BYTES or _END_OF_ZIP not in tail:
        raise BenchError(f"The zip is not whole: {received} bytes.")
    return peak, received / 2**20 / seconds


async def _buy(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/purchases", json={"pack": SLUG, "price_tokens": PRICE}, headers={"Idempotency-Key": str(uuid.uuid4())}
    )
    if answer.status_code != 201:
        raise BenchError(f"The purchase was refused: {answer.text}")


async def _prepare(data_dir: Path) -> str:
    """Make the pack, a seller and a buyer with tokens; returns the buyer's bearer token."""
    files = await asyncio.to_thread(_store_files, data_dir / "files")
    with launcher.database(data_dir):
        async with transaction() as session:
            seller = await _user(session, "seller")
            creator = await pack_store.create_creator(session, user_id=seller, display_name="Seller")
            new = NewPack(slug=SLUG, title="A gibibyte", genre_slug="house", price_tokens=PRICE, files=files)
            await pack_store.mark_published(session, await pack_store.create_pack(session, creator, new))
            buyer = await _user(session, "buyer")
            await wallet.grant(session, user_id=buyer, tokens=PRICE, is_bonus=False, key="start", memo="Start")
            _, viewer = await sessions.open_session(session, user_id=buyer, user_agent="bench")
            token = await access_tokens.create(session, viewer, name="bench")
        await database.dispose()
    return token


async def _user(session: object, name: str) -> uuid.UUID:
    return await accounts.create_user(
        session, email=f"{name}@example.test", display_name=name.title(), password=uuid.uuid4().hex, role=Role.MEMBER
    )  # type: ignore[arg-type]


def _store_files(folder: Path) -> tuple[NewFile, ...]:
    """Make sparse files: they take no room on disk, and reading them costs the server the same."""
    folder.mkdir(parents=True, exist_ok=True)
    checksum = 0
    for _ in range(FILE_BYTES // 2**20):
        checksum = zlib.crc32(bytes(2**20), checksum)
    made = []
    for number in range(FILES):
        with (folder / f"{number}.wav").open("wb") as out:
            out.truncate(FILE_BYTES)
        made.append(
            NewFile(
                title=f"Sound {number}", kind=FileKind.LOOP, price_tokens=5, duration_seconds=600, format="wav",
                sample_rate_hz=44_100, channels=2, size_bytes=FILE_BYTES, sha256=hashlib.sha256(b"%d" % number).hexdigest(),
                crc32=checksum, master_key=f"{number}.wav", preview_key=f"{number}.wav", peaks=bytes(800),
                download_name=f"sound_{number}.wav", bpm=Decimal(120), key="A minor",
            )
        )  # fmt: skip
    return tuple(made)
