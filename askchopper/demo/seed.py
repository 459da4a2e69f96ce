"""Fill an empty installation with the demo catalogue, its people and a year of trade. Idempotent, without network.

Called by ``python -m askchopper seed`` and by the first ``make run``. Sound and covers are rendered in two processes.
"""

import asyncio
import uuid
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import select

from askchopper import database, settings
from askchopper.demo import history
from askchopper.demo.assets import BuiltFile, BuiltPack, build_pack
from askchopper.demo.catalogue import CREATORS, PACKS, DemoCreator, DemoPack
from askchopper.integrations.blob_store import PartFile, store
from askchopper.models.base import utc_now
from askchopper.models.tables import creators, packs
from askchopper.schemas.publishing import NewFile, NewPack
from askchopper.services import accounts
from askchopper.services.catalogue import popularity, publish
from askchopper.vocabulary import LicenceKind, Role

PASSWORD = "chopper-demo"  # noqa: S105 - the public password of the demo accounts
BROADCAST_FACTOR = 3
_WORKERS = 2
_PEOPLE = (
    ("demo@askchopper.test", "Tess Novak", Role.MEMBER),
    ("admin@askchopper.test", "Ada Marsh", Role.ADMIN),
)


def run(*, console: Console) -> None:
    """Make what is missing of the demo content, with a progress bar."""
    asyncio.run(_run(console))


async def _run(console: Console) -> None:
    try:
        missing = await _missing_packs()
        if missing:
            creator_ids = await _people()
            await _packs(missing, creator_ids, console)
        async with database.transaction() as session:
            if await history.is_missing(session):
                console.print("Writing a year of sales and plays…")
                is_due = True
            else:
                is_due = False
        if is_due:
            await history.write()
            async with database.transaction() as session:
                await popularity.refresh(session)
    finally:
        await store().aclose()
        await database.dispose()


async def _missing_packs() -> list[DemoPack]:
    async with database.read_only() as session:
        known = set((await session.execute(select(packs.c.slug).where(packs.c.status == "published"))).scalars())
    return [pack for pack in PACKS if pack.slug not in known]


async def _people() -> dict[str, uuid.UUID]:
    """Make the demo accounts and creators that do not exist; returns creator ids by slug."""
    for email, name, role in _PEOPLE:
        await _ensure_user(email, name, role)
    found: dict[str, uuid.UUID] = {}
    for creator in CREATORS:
        found[creator.slug] = await _ensure_creator(creator)
    return found


async def _ensure_user(email: str, name: str, role: Role) -> uuid.UUID:
    async with database.transaction() as session:
        known = await history.user_id(session, email)
        return known or await accounts.create_user(
            session, email=email, display_name=name, password=PASSWORD, role=role
        )


async def _ensure_creator(creator: DemoCreator) -> uuid.UUID:
    user_id = await _ensure_user(creator.email, creator.display_name, Role.MEMBER)
    async with database.transaction() as session:
        known = (await session.execute(select(creators.c.id).where(creators.c.user_id == user_id))).scalar_one_or_none()
        return known or await publish.create_creator(
            session,
            user_id=user_id,
            display_name=creator.display_name,
            slug=creator.slug,
            place=creator.place,
            bio=creator.bio,
            created_at=utc_now() - timedelta(days=400),
        )


async def _packs(missing: list[DemoPack], creator_ids: dict[str, uuid.UUID], console: Console) -> None:
    names = {creator.slug: creator.display_name for creator in CREATORS}
    columns = (
        TextColumn("Making the demo packs"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"),
    )  # fmt: skip
    with (
        # In the data folder: moving a file into the store on the same disk copies nothing.
        TemporaryDirectory(prefix="demo-", dir=settings.get().data_dir) as place,
        ProcessPoolExecutor(_WORKERS) as pool,
        Progress(*columns, console=console) as progress,
    ):
        task = progress.add_task("", total=len(missing))
        building = {
            pool.submit(build_pack, pack, Path(place) / pack.slug, creator_name=names[pack.creator]): pack
            for pack in missing
        }
        for done in as_completed(building):
            pack = building[done]
            built = done.result()
            cover_key = await _move_in(built, Path(place) / pack.slug)
            await _store(built, creator_ids[pack.creator], cover_key)
            progress.update(task, advance=1, description=pack.title)


async def _store(built: BuiltPack, creator_id: uuid.UUID, cover_key: str) -> None:
    published_at = utc_now() - timedelta(days=built.pack.published_days_ago, minutes=len(built.pack.title) * 7)
    async with database.transaction() as session:
        pack_id = await publish.create_pack(session, creator_id, _new_pack(built, cover_key))
        await publish.publish(session, pack_id, published_at=published_at)


async def _move_in(built: BuiltPack, source: Path) -> str:
    """Put a pack's files into the store, its covers where the media routes look for them.

    Returns:
        The key of the covers: the large one's digest.
    """
    largest = built.cover_names[max(built.cover_names)]
    cover_key = largest.partition(".")[0][:32]
    keys = {name: f"covers/{cover_key}/{width}.webp" for width, name in built.cover_names.items()}
    keys[built.social_card_name] = f"covers/{cover_key}/social.jpg"
    for path in await asyncio.to_thread(lambda: list(source.iterdir())):
        await store().adopt(PartFile(path), keys.get(path.name, f"packs/{built.pack.slug}/{path.name}"))
    return cover_key


def _new_pack(built: BuiltPack, cover_key: str) -> NewPack:
    pack = built.pack
    folder = f"packs/{pack.slug}"
    offers = {LicenceKind.BROADCAST: pack.price_tokens * BROADCAST_FACTOR} if pack.price_tokens else {}
    return NewPack(
        slug=pack.slug,
        title=pack.title,
        genre_slug=pack.genre,
        price_tokens=pack.price_tokens,
        files=tuple(_new_file(file, folder) for file in built.files),
        summary=pack.summary,
        description=pack.description,
        tags=pack.tags,
        cover_key=cover_key,
        cover_hue=built.dominant_hue,
        preview_key=f"{folder}/{built.preview.name}",
        preview_peaks=built.preview.peaks,
        preview_seconds=built.preview.duration_seconds,
        offers=offers,
    )


def _new_file(built: BuiltFile, folder: str) -> NewFile:
    file = built.file
    return NewFile(
        title=file.title,
        kind=file.kind,
        price_tokens=file.price_tokens,
        duration_seconds=built.duration_seconds,
        format=built.format,
        sample_rate_hz=built.sample_rate_hz,
        channels=built.channels,
        size_bytes=built.size_bytes,
        sha256=built.sha256,
        crc32=built.crc32,
        master_key=f"{folder}/{built.name}",
        preview_key=f"{folder}/{built.preview.name}",
        peaks=built.preview.peaks,
        download_name=built.download_name,
        bit_depth=built.bit_depth,
        bpm=Decimal(str(file.bpm)) if file.bpm is not None else None,
        key=file.key.name if file.key else None,
        loudness_lufs=built.loudness_lufs,
        peak_dbfs=built.peak_dbfs,
    )
