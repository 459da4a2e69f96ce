"""Factories for test data, through the services of the product."""

import hashlib
import itertools
import zlib
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy import text, update

from askchopper import settings
from askchopper.database import read_only, transaction
from askchopper.models.accounts import users
from askchopper.models.base import utc_now
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.publishing import NewFile, NewPack
from askchopper.schemas.wallet import LedgerReport
from askchopper.services import accounts, sessions, wallet
from askchopper.services.catalogue import pack_store
from askchopper.vocabulary import FileKind, LicenceKind, Role

PASSWORD = "correct horse 9"
_numbers = itertools.count(1)
# Argon2 takes tens of milliseconds; tests not about passwords share one hash.
_hash: dict[str, str] = {}


@dataclass(frozen=True)
class MadePack:
    """A pack for tests."""

    id: UUID
    slug: str
    file_ids: tuple[str, ...]
    creator: Viewer
    price_tokens: int


async def make_user(
    *, name: str = "", email: str = "", tokens: int = 0, bonus: int = 0, role: Role = Role.MEMBER, age_days: int = 0
) -> Viewer:
    """Create a signed-in member with tokens, who registered some days ago."""
    number = next(_numbers)
    async with transaction() as session:
        user_id = await _insert_user(session, email or f"user{number}@example.test", name or f"User {number}", role)
        if tokens:
            await wallet.grant(session, user_id=user_id, tokens=tokens, is_bonus=False, key=f"g{number}", memo="Start")
        if bonus:
            await wallet.grant(session, user_id=user_id, tokens=bonus, is_bonus=True, key=f"b{number}", memo="Gift")
        if age_days:
            aged = update(users).where(users.c.id == user_id)
            await session.execute(aged.values(created_at=utc_now() - timedelta(days=age_days)))
        _, viewer = await sessions.open_session(session, user_id=user_id, user_agent="Firefox/1 Linux")
    return viewer


async def sign_in(viewer: Viewer) -> str:
    """Open another session and return its token."""
    async with transaction() as session:
        token, _ = await sessions.open_session(session, user_id=viewer.user_id, user_agent="tests")
    return token


async def make_creator(*, name: str = "", slug: str = "") -> Viewer:
    """Create a member with a creator profile."""
    number = next(_numbers)
    user = await make_user(name=name or f"Creator {number}")
    address = slug or f"creator-{number}"
    async with transaction() as session:
        await pack_store.create_creator(
            session, user_id=user.user_id, display_name=user.display_name, slug=address, place="Leipzig"
        )
    return replace(user, creator_slug=address)


def new_file(number: int = 1, **changes: object) -> NewFile:
    """Describe a sound; ``store_files`` creates its file."""
    content = f"sound {next(_numbers)} ".encode() * 200
    digest = hashlib.sha256(content).hexdigest()
    values: dict[str, object] = {
        "title": f"Sound {number}",
        "kind": FileKind.LOOP,
        "price_tokens": 5,
        "duration_seconds": 7.5,
        "format": "wav",
        "sample_rate_hz": 44_100,
        "channels": 2,
        "size_bytes": len(content),
        "sha256": digest,
        "crc32": zlib.crc32(content),
        "master_key": f"masters/{digest}.wav",
        "preview_key": f"previews/{digest}.mp3",
        "peaks": bytes(range(100)) * 8,
        "download_name": f"sound_{number:02}.wav",
        "bpm": Decimal(120),
        "key": "A minor",
        "loudness_lufs": -12.0,
        "peak_dbfs": -1.0,
    }
    _store(f"masters/{digest}.wav", content)
    _store(f"previews/{digest}.mp3", b"preview " + content)
    return NewFile(**{**values, **changes})  # type: ignore[arg-type]


async def make_pack(
    creator: Viewer | None = None,
    *,
    files: int | tuple[NewFile, ...] = 2,
    price: int = 30,
    broadcast: int | None = None,
    is_published: bool = True,
    **changes: object,
) -> MadePack:
    """Create a published pack."""
    number = next(_numbers)
    seller = creator or await make_creator()
    sounds = tuple(new_file(n) for n in range(1, files + 1)) if isinstance(files, int) else files
    offers = {LicenceKind.BROADCAST: broadcast} if broadcast is not None else {}
    values: dict[str, object] = {
        "slug": f"pack-{number}",
        "title": f"Pack {number}",
        "genre_slug": "house",
        "price_tokens": price,
        "files": sounds,
        "offers": offers,
    }
    new = NewPack(**{**values, **changes})  # type: ignore[arg-type]
    async with transaction() as session:
        found = await session.execute(text("SELECT id FROM creators WHERE user_id = :user"), {"user": seller.user_id})
        pack_id = await pack_store.create_pack(session, found.scalar_one(), new)
        if is_published:
            await pack_store.mark_published(session, pack_id)
        ids = await session.execute(
            text("SELECT id FROM audio_files WHERE pack_id = :pack ORDER BY position"), {"pack": pack_id}
        )
        file_ids = tuple(str(row.id) for row in ids)
    return MadePack(pack_id, new.slug, file_ids, seller, price)


async def check_ledger() -> LedgerReport:
    """Verify the whole ledger in a separate transaction."""
    async with read_only() as session:
        return await wallet.verify(session)


async def balance_of(viewer: Viewer) -> int:
    """Return a member's spendable balance."""
    async with read_only() as session:
        return (await wallet.balance(session, viewer)).total_tokens


async def _insert_user(session, email: str, name: str, role: Role) -> UUID:
    if PASSWORD not in _hash:
        _hash[PASSWORD] = await accounts.security.hash_password(PASSWORD)
    made = await session.execute(
        text(
            "INSERT INTO users (id, email, display_name, password_hash, role)"
            " VALUES (gen_random_uuid(), :email, :name, :hash, :role) RETURNING id"
        ),
        {"email": email, "name": name, "hash": _hash[PASSWORD], "role": role.value},
    )
    return made.scalar_one()


def _store(key: str, content: bytes) -> Path:
    path = settings.get().data_dir / "files" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
