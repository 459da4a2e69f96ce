"""Fill an empty installation with the demo catalogue, its people and a year of trade. Idempotent, without network.

Called by ``python -m askchopper seed`` and by the first ``make run``. Sound and covers are rendered in two processes; what is said of the sounds is measured by the same analysis as everyone's.
"""

import asyncio
import uuid
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import delete, insert, select

from askchopper import database, policy, settings
from askchopper.integrations.blob_store import PartFile, store
from askchopper.models.activity import notifications
from askchopper.models.base import utc_now
from askchopper.models.catalogue import creators, packs
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.services import accounts, analysis
from askchopper.services.analytics import rollup
from askchopper.services.catalogue import pack_store, popularity
from askchopper.services.knowledge import examples, trends
from askchopper.services.studio import drafts, publishing
from askchopper.vocabulary import DraftState, Role
from tools.demo import comments, community, history
from tools.demo.assets import BuiltFile, BuiltPack, build_pack
from tools.demo.catalogue import CREATORS, PACKS, DemoCreator, DemoPack

PASSWORD = "chopper-demo"  # noqa: S105 - the public password of the demo accounts
_NAMESPACE = uuid.UUID("6f1d0c0e-9d0b-5b6e-8f57-3c6a5a0d1c44")
_WORKERS = 2
_PEOPLE = (
    ("demo@askchopper.test", "Tess Novak", Role.MEMBER),
    ("admin@askchopper.test", "Ada Marsh", Role.ADMIN),
)


def run(*, console: Console, slugs: Sequence[str] | None = None) -> None:
    """Create the missing demo content with a progress bar; only the packs with these slugs, or all."""
    asyncio.run(_run(console, slugs))


async def _run(console: Console, slugs: Sequence[str] | None) -> None:
    try:
        missing = [pack for pack in await _missing_packs() if not slugs or pack.slug in slugs]
        if missing:
            user_ids = await _people()
            await _packs(missing, user_ids, console)
        async with database.transaction() as session:
            if await history.is_missing(session):
                console.print("Writing a year of sales and plays…")
                is_due = True
            else:
                is_due = False
        if is_due:
            await history.write()
            await community.write()
            await comments.write()
            async with database.transaction() as session:
                await popularity.refresh(session)
        if missing or is_due:
            await examples.refresh()
            await rollup.run()
            await trends.refresh()
    finally:
        await store().aclose()
        await database.dispose()


async def _missing_packs() -> list[DemoPack]:
    async with database.read_only() as session:
        known = set((await session.execute(select(packs.c.slug).where(packs.c.status == "published"))).scalars())
    return [pack for pack in PACKS if pack.slug not in known]


async def _people() -> dict[str, uuid.UUID]:
    """Make the demo accounts and creators that do not exist; returns user ids by the creators' slugs."""
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
    """Make a creator unless there is one; returns the user's id."""
    user_id = await _ensure_user(creator.email, creator.display_name, Role.MEMBER)
    async with database.transaction() as session:
        known = (await session.execute(select(creators.c.id).where(creators.c.user_id == user_id))).scalar_one_or_none()
        if known is None:
            await pack_store.create_creator(
                session,
                user_id=user_id,
                display_name=creator.display_name,
                slug=creator.slug,
                place=creator.place,
                bio=f"{creator.bio} A creator of the demo; sales, plays and comments here are made up.",
                created_at=utc_now() - timedelta(days=400),
            )
    return user_id


async def _packs(missing: list[DemoPack], user_ids: dict[str, uuid.UUID], console: Console) -> None:
    columns = (
        TextColumn("Making the demo packs"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"),
    )  # fmt: skip
    turns = asyncio.Semaphore(_WORKERS)
    with (
        # In the data folder: moving a file into the store on the same disk copies nothing.
        TemporaryDirectory(prefix="demo-", dir=settings.get().data_dir) as place,
        ProcessPoolExecutor(_WORKERS) as pool,
        Progress(*columns, console=console) as progress,
    ):
        task = progress.add_task("", total=len(missing))

        async def make(pack: DemoPack) -> None:
            async with turns:
                folder = Path(place) / pack.slug
                built = await asyncio.wrap_future(pool.submit(build_pack, pack, folder))
                await _put_on_sale(built, folder, user_ids[pack.creator])
                progress.update(task, advance=1, description=pack.title)

        await asyncio.gather(*(make(pack) for pack in missing))


async def _put_on_sale(built: BuiltPack, folder: Path, user_id: uuid.UUID) -> None:
    """Take a built pack the way of everyone's: a draft, whose sounds are measured, and its release."""
    pack = built.pack
    draft_id = uuid.uuid5(_NAMESPACE, pack.slug)
    file_ids = [uuid.uuid5(draft_id, file.sha256) for file in built.files]
    cover_key = await _move_in(built, folder, draft_id)
    async with database.transaction() as session:
        await session.execute(delete(draft_rows).where(draft_rows.c.id == draft_id))  # of an interrupted start
        await session.execute(insert(draft_rows).values(_draft(built, draft_id, user_id, cover_key)))
        rows = [_draft_file(file, n, draft_id, file_ids[n - 1]) for n, file in enumerate(built.files, 1)]
        await session.execute(insert(draft_files), rows)
    for file_id in file_ids:
        await analysis.analyse_file(file_id)
    async with database.read_only() as session:
        if problems := publishing.problems(await drafts.load(session, draft_id)):
            raise RuntimeError(f"The demo pack {pack.title} is not fit for sale: {problems[0]}")
    built_pack = await publishing.build(draft_id)
    if built_pack is not None:
        await publishing.publish(draft_id, built_pack)
    published_at = utc_now() - timedelta(days=pack.published_days_ago, minutes=len(pack.title) * 7)
    async with database.transaction() as session:
        await pack_store.mark_published(session, draft_id, published_at=published_at)
        await session.execute(delete(notifications).where(notifications.c.user_id == user_id))


async def _move_in(built: BuiltPack, source: Path, draft_id: uuid.UUID) -> str:
    """Put a pack's files into the store, its covers where the media routes look for them.

    Returns:
        The key of the covers: the large one's digest.
    """
    largest = built.cover_names[max(built.cover_names)]
    cover_key = largest.partition(".")[0][:32]
    keys = {name: f"covers/{cover_key}/{width}.webp" for width, name in built.cover_names.items()}
    for path in await asyncio.to_thread(lambda: list(source.iterdir())):
        await store().adopt(PartFile(path), keys.get(path.name, f"packs/{draft_id}/{path.name}"))
    return cover_key


def _draft(built: BuiltPack, draft_id: uuid.UUID, user_id: uuid.UUID, cover_key: str) -> dict[str, Any]:
    pack = built.pack
    return {
        "id": draft_id,
        "user_id": user_id,
        "state": DraftState.PUBLISHING,
        "title": pack.title,
        "summary": pack.summary,
        "description": pack.description,
        "genre_slug": pack.genre,
        "tags": list(pack.tags),
        "price_tokens": pack.price_tokens,
        "broadcast_price_tokens": pack.price_tokens * policy.BROADCAST_PRICE_FACTOR,
        "cover_key": cover_key,
        "cover_hue": built.dominant_hue,
    }


def _draft_file(built: BuiltFile, position: int, draft_id: uuid.UUID, file_id: uuid.UUID) -> dict[str, Any]:
    file = built.file
    return {
        "id": file_id,
        "draft_id": draft_id,
        "position": position,
        "file_name": f"{file.slug}.{built.name.rpartition('.')[2]}",
        "title": file.title,
        "size_bytes": built.size_bytes,
        "sha256": built.sha256,
        "store_key": f"packs/{draft_id}/{built.name}",
        "kind": file.kind.value,
        "bpm": Decimal(str(file.bpm)) if file.bpm is not None else None,
        "is_bpm_set": True,
        "key": file.key.name if file.key else None,
        "is_key_set": True,
        "price_tokens": file.price_tokens,
    }
