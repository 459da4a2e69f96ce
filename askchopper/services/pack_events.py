"""Records views and plays of packs. Purchases, downloads, likes and collections are recorded by database triggers.

No personal identifiers are stored: of a client only the country, the device class, and a hash with a daily salt.
"""

import asyncio
import hashlib
import re
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import iptocc
from crawlerdetect import CrawlerDetect  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy
from askchopper.analytics_vocabulary import Device, PackEventKind
from askchopper.errors import AskChopperError
from askchopper.models.base import utc_now
from askchopper.observability import log
from askchopper.schemas.visits import Visit, origin, page_slug

FLUSH_SECONDS = 1.0
_MAX_WAITING = 50_000  # views between two writes; more are dropped, as they are only statistics
_MAX_BY_ADDRESS = 4_000  # views of one address between two writes; more are dropped
_MAX_TERMS = 300  # distinct search terms per address and day; further views are stored without their term
_MAX_REMEMBERED = 50_000
_PHONE, _TABLET = re.compile(r"Mobi"), re.compile(r"iPad|Tablet|Android(?!.*Mobi)")
_VIEWED = text("""
    INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, visitor, country, device, source, term)
    SELECT r.at, r.kind, found.ids, r.visitor, r.country, r.device, r.source, r.term
    FROM jsonb_to_recordset(:rows) AS r(at timestamptz, kind text, files uuid[], slugs text[], own text, visitor bigint, country text,
        device text, source text, term text)
    CROSS JOIN LATERAL (
        SELECT array_agg(named.id) AS ids FROM (
            SELECT p.id FROM packs p WHERE p.slug = ANY(r.slugs) AND p.slug <> r.own AND p.published_at IS NOT NULL
            UNION
            SELECT p.id FROM audio_files f JOIN packs p ON p.id = f.pack_id
            WHERE f.id = ANY(r.files) AND p.slug <> r.own AND p.published_at IS NOT NULL
        ) named
    ) found
    WHERE found.ids IS NOT NULL
""").bindparams(bindparam("rows", type_=JSONB))
_PLAYED = text("""
    INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, visitor, country, device, source, term, seconds, stopped_at,
        is_complete)
    VALUES (clock_timestamp(), 'played', ARRAY[CAST(:pack AS uuid)], :file, :visitor, :country, :device, :source, :term, :seconds,
        :stopped_at, :is_complete)
""")
_SALT = text("SELECT visitor_salt(:day)")


@dataclass(frozen=True)
class Client:
    """The stored attributes of a client."""

    visitor: int
    country: str
    device: Device


class _Waiting:
    """Buffered views that are not yet written, and recently written ones, so that scrolling a list counts once."""

    rows: list[dict[str, object]] = []
    seen_by: Counter[str] = Counter()
    seen: set[int] = set()
    terms: dict[str, set[int]] = {}
    salt: tuple[date, bytes] | None = None
    task: asyncio.Task[None] | None = None


def is_counted(visit: Visit) -> bool:
    """Return whether a client's events count: always for members, for visitors unless the user agent is a crawler."""
    return visit.user_id is not None or not _is_crawler(visit.user_agent[:300])


async def record_shown(visit: Visit, *, tracks: tuple[str, ...]) -> None:
    """Buffer an impression of packs, usually once per visitor, track, source and search term a day.

    ``tracks`` are ids of sounds, or ``pack:`` and a slug, as the player names them; at most ``policy.MAX_VIEWED_IDS``
    are counted.
    """
    await _record_view(visit, PackEventKind.SHOWN, tracks[: policy.MAX_VIEWED_IDS], pack_slug="")


async def record_opened(visit: Visit, *, slug: str) -> None:
    """Buffer the opening of a pack's page, with the same deduplication as ``record_shown``."""
    await _record_view(visit, PackEventKind.OPENED, (f"pack:{slug}",), pack_slug=slug)


async def record_play(
    session: AsyncSession,
    visit: Visit,
    *,
    pack_id: uuid.UUID,
    pack_slug: str,
    file_id: uuid.UUID | None,
    seconds: float,
    length_seconds: float,
    position: float | None,
) -> None:
    """Record a play in the caller's transaction, unless the client is not counted, see ``is_counted``.

    Args:
        session: the caller's transaction.
        visit: visit of the listener.
        pack_id: the pack of the sound.
        pack_slug: its slug.
        file_id: the sound; None for the pack's preview.
        seconds: seconds heard, at most the length.
        length_seconds: length of the sound.
        position: position at which playback stopped, in seconds from the start; None if unknown.
    """
    if not is_counted(visit):
        return
    client, led = await _client(visit), origin(visit, pack_slug=pack_slug)
    term = led.term if _is_term_counted(visit.address, led.term) else ""
    is_complete = seconds >= policy.COMPLETE_SHARE * length_seconds
    stopped = (
        None if is_complete or position is None or not length_seconds else min(1.0, max(0.0, position / length_seconds))
    )
    await session.execute(
        _PLAYED,
        {
            "pack": pack_id, "file": file_id, "visitor": client.visitor, "country": client.country, "device": client.device,
            "source": led.source, "term": term, "seconds": seconds, "stopped_at": stopped, "is_complete": is_complete,
        },
    )  # fmt: skip


async def write() -> None:
    """Write the buffered views. Views that cannot be written are dropped; they are only statistics."""
    rows, _Waiting.rows, _Waiting.seen_by = _Waiting.rows, [], Counter()
    if not rows:
        return
    try:
        async with database.transaction() as session:
            await session.execute(_VIEWED, {"rows": rows})
    except (AskChopperError, DBAPIError) as error:
        log.warning("analytics.views_dropped", error=type(error).__name__, views=len(rows))


async def _record_view(visit: Visit, kind: PackEventKind, tracks: tuple[str, ...], *, pack_slug: str) -> None:
    if not is_counted(visit) or _Waiting.seen_by.total() >= _MAX_WAITING:
        return
    client, led = await _client(visit), origin(visit, pack_slug=pack_slug)
    if _Waiting.seen_by[visit.address] >= _MAX_BY_ADDRESS:
        return
    term = led.term if _is_term_counted(visit.address, led.term) else ""
    fresh = [track for track in tracks if _is_first(hash((client.visitor, kind, led.source, term, track)))]
    slugs = [track[5:] for track in fresh if track.startswith("pack:") and track.isprintable()]
    files = [file_id for track in fresh if (file_id := _file_id(track))]
    if not slugs and not files:
        return
    _Waiting.seen_by[visit.address] += len(fresh)
    _Waiting.rows.append({
        "at": utc_now().isoformat(), "kind": kind, "files": files, "slugs": slugs, "own": "" if pack_slug else page_slug(visit.page), "visitor": client.visitor,
        "country": client.country, "device": client.device, "source": led.source, "term": term,
    })  # fmt: skip
    if _Waiting.task is None or _Waiting.task.done():
        _Waiting.task = asyncio.get_running_loop().create_task(_write_soon())


async def _write_soon() -> None:
    await asyncio.sleep(FLUSH_SECONDS)
    await write()


def _is_first(view: int) -> bool:
    if view in _Waiting.seen:
        return False
    if len(_Waiting.seen) >= _MAX_REMEMBERED:
        _Waiting.seen.clear()
    _Waiting.seen.add(view)
    return True


def _is_term_counted(address: str, term: str) -> bool:
    """Return whether a search term is stored; the number of terms per address is limited to prevent abuse."""
    if len(_Waiting.terms) >= _MAX_REMEMBERED:
        _Waiting.terms.clear()
    known = _Waiting.terms.setdefault(address, set())
    if term and len(known) < _MAX_TERMS:
        known.add(hash(term))
    return hash(term) in known


async def _client(visit: Visit) -> Client:
    salt = await _salt()
    # Members are hashed by account, so that a purchase can be linked to earlier views; the SQL function visitor_of computes the same hash.
    identity = visit.user_id.bytes if visit.user_id else f"{visit.address}\n{visit.user_agent}".encode()
    visitor = int.from_bytes(hashlib.sha256(salt + identity).digest()[:8], "big", signed=True)
    return Client(visitor, _country(visit.address), _device(visit.user_agent))


async def _salt() -> bytes:
    today = utc_now().date()
    if _Waiting.salt is None or _Waiting.salt[0] != today:
        async with database.transaction() as session:
            _Waiting.salt = today, bytes((await session.execute(_SALT, {"day": today})).scalar_one())
        _Waiting.seen.clear()
        _Waiting.terms.clear()
    return _Waiting.salt[1]


def _country(address: str) -> str:
    """Return the country code to which an address is assigned; empty if unknown. A network is looked up by its first address."""
    return iptocc.country_code(address.partition("/")[0]) or ""


def _device(user_agent: str) -> Device:
    if _TABLET.search(user_agent):
        return Device.TABLET
    if _PHONE.search(user_agent):
        return Device.PHONE
    return Device.DESKTOP if "Mozilla" in user_agent else Device.UNKNOWN


@lru_cache(maxsize=1_000)
def _is_crawler(user_agent: str) -> bool:
    return not user_agent or CrawlerDetect(user_agent=user_agent).isCrawler()


def _file_id(track: str) -> str:
    """Return an id in the format of Postgres; empty if it is not valid."""
    try:
        return str(uuid.UUID(track))
    except ValueError:
        return ""


def forget() -> None:
    """Clear the buffer and the salt, for tests that empty the database."""
    _Waiting.rows, _Waiting.seen_by, _Waiting.salt = [], Counter(), None
    _Waiting.seen.clear()
    _Waiting.terms.clear()
