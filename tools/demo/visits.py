"""Events of the demo packs: where listeners came from, from which countries and devices, and where they stopped.

Written into the inbox of analytics, as the services do while people visit; the rollup counts them.
"""

import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from askchopper import database, policy
from askchopper.analytics_vocabulary import Device, PackEventKind, TrafficSource
from askchopper.models.analytics import pack_event_inbox
from askchopper.models.base import utc_now

_SEED = 20_28
_DAYS, _LISTS_A_DAY = 35, (2, 12)
_LISTS_AT_ONCE, _OPENED_SHARE = (3, 9), 0.6
_VISITORS = 5_000
_SOURCES = {
    TrafficSource.SEARCH: 34, TrafficSource.BROWSE: 24, TrafficSource.SIMILAR: 11, TrafficSource.CHAT: 8, TrafficSource.HOME: 6,
    TrafficSource.CREATOR: 5, TrafficSource.FEED: 4, TrafficSource.COLLECTION: 3, TrafficSource.EMBED: 2, TrafficSource.SHARE: 2,
    TrafficSource.DIRECT: 1,
}  # fmt: skip
_COUNTRIES = {
    "US": 26, "DE": 16, "GB": 12, "FR": 8, "BR": 6, "NL": 5, "JP": 5, "ES": 4, "SE": 3, "CA": 3, "AU": 3, "IT": 3, "PL": 2, "MX": 2, "ZA": 1, "": 1,
}  # fmt: skip
_DEVICES = {Device.DESKTOP: 62, Device.PHONE: 33, Device.TABLET: 5}
_TERMS = (
    "{genre}",
    "{genre} loops",
    "{genre} drums",
    "dark {genre}",
    "warm chords",
    "drum loop",
    "bass one shot",
    "vinyl texture",
)
# Buyers came from somewhere, too; the triggers that record a purchase do not know where from.
_BOUGHT = text("""
    UPDATE pack_event_inbox SET source = (CAST(:sources AS text[]))[1 + pick % 100], country = (CAST(:countries AS text[]))[1 + pick / 100 % 100],
        device = (CAST(:devices AS text[]))[1 + pick / 10000 % 100]
    FROM (SELECT id AS event, ('x' || left(md5(purchase_id::text), 7))::bit(28)::integer AS pick FROM pack_event_inbox WHERE kind = 'bought') picked
    WHERE id = event AND source = ''
""")


async def write(packs: Sequence[tuple[uuid.UUID, str, datetime]], plays: Sequence[dict[str, Any]]) -> None:
    """Record lists that were shown, pages that were opened, and plays.

    Args:
        packs: id, name of the genre and time of release.
        plays: rows of the table of plays, with ``length_seconds``.
    """
    dice = random.Random(_SEED)  # noqa: S311 - a repeatable story, not a secret
    genres = {pack_id: genre.lower() for pack_id, genre, _ in packs}
    rows = [row for pack_id, _, released in packs for row in _shown(dice, pack_id, genres[pack_id], released)]
    rows += [_played(dice, play, genres[play["pack_id"]]) for play in plays]
    async with database.transaction(timeout_seconds=None) as session:
        await session.execute(insert(pack_event_inbox), rows)
        await session.execute(
            _BOUGHT,
            {"sources": _hundred(_SOURCES), "countries": _hundred(_COUNTRIES), "devices": _hundred(_DEVICES)},
        )


def _shown(dice: random.Random, pack_id: uuid.UUID, genre: str, released: datetime) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for day in range(_DAYS):
        for _ in range(dice.randint(*_LISTS_A_DAY)):
            moment = utc_now() - timedelta(days=day, seconds=dice.randint(60, 80_000))
            if moment < released:
                continue
            shown = _event(dice, PackEventKind.SHOWN, pack_id, genre, moment)
            rows.append(shown)
            if dice.random() < _OPENED_SHARE:
                rows.append(
                    {
                        **shown,
                        "kind": PackEventKind.OPENED.value,
                        "amount": 1,
                        "happened_at": moment + timedelta(seconds=9),
                    }
                )
    return rows


def _played(dice: random.Random, play: dict[str, Any], genre: str) -> dict[str, Any]:
    heard, length = play["seconds_heard"], play["length_seconds"]
    is_complete = heard >= policy.COMPLETE_SHARE * length
    return {
        **_event(dice, PackEventKind.PLAYED, play["pack_id"], genre, play["created_at"]), "file_id": play["file_id"], "seconds": heard,
        "is_complete": is_complete, "stopped_at": None if is_complete else min(1.0, heard / length),
    }  # fmt: skip


def _event(
    dice: random.Random, kind: PackEventKind, pack_id: uuid.UUID, genre: str, moment: datetime
) -> dict[str, Any]:
    source = _pick(dice, _SOURCES)
    term = dice.choice(_TERMS).format(genre=genre) if source == TrafficSource.SEARCH else ""
    return {
        "happened_at": moment, "kind": kind.value, "pack_ids": [pack_id], "file_id": None, "visitor": dice.randint(1, _VISITORS),
        "country": _pick(dice, _COUNTRIES), "device": _pick(dice, _DEVICES), "source": source, "term": term, "seconds": 0.0,
        "is_complete": False, "stopped_at": None, "amount": dice.randint(*_LISTS_AT_ONCE) if kind is PackEventKind.SHOWN else 1,
    }  # fmt: skip


def _pick(dice: random.Random, shares: dict[Any, int]) -> str:
    return str(dice.choices(list(shares), list(shares.values()))[0])


def _hundred(shares: dict[Any, int]) -> list[str]:
    """Return a hundred values, each as often as its share."""
    return [str(value) for value, share in shares.items() for _ in range(share)]
