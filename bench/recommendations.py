"""Recommendations for simulated members with known tastes, compared with other recommenders; and their speed.

Over 100,000 packs in bulk, and over the demo catalogue if ``BENCH_DEMO`` names a seeded data folder. A member likes two genres, a
tempo, four keys and three creators, and plays sounds that fit, with a fifth of plays at random. A recommended pack is
relevant if its genre is liked and its tempo and its key or creator fit; those that were played do not count.

Peers: the most popular packs, random packs, and "because you played", which the landing page had before.
"""

import asyncio
import math
import os
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select, text

from askchopper import observability
from askchopper.database import read_only, transaction
from askchopper.models.catalogue import packs
from askchopper.schemas.accounts import Viewer
from askchopper.services import activity
from askchopper.services.search import recommendations as earlier
from askchopper.services.taste import counting, recommendations
from askchopper.vocabulary import Role
from bench.protocol import OUT, ROUNDS, Samples
from bench.scratch import as_owner, database_of, fill

PACKS, CREATORS, GENRES = 100_000, 2_000, 20
MEMBERS, PLAYS, TOP = 100, 25, 10
FEW = 3  # places, where ten are a third of the catalogue
DEMO_MEMBERS = 30
RANDOM_SHARE = 0.2
_CALLS = 30
_MILLISECONDS = 1000
# A pack's vector follows its genre, tempo and creator, so that similar packs are alike as in a real catalogue.
_VECTOR_SHARES = {"genre": 0.7, "creator": 0.5, "tempo": 0.5, "noise": 0.6}


@dataclass(frozen=True)
class Pack:
    """What decides whether a pack is relevant."""

    id: uuid.UUID
    file_id: uuid.UUID
    genre: str
    creator: str
    bpm: float | None
    key: str | None
    popularity: int


@dataclass(frozen=True)
class Listener:
    """A simulated member: a taste that only the simulation knows."""

    viewer: Viewer
    genres: tuple[str, ...]
    bpm: float
    keys: frozenset[str]
    creators: frozenset[str]
    played: set[uuid.UUID] = field(default_factory=set)

    def likes(self, pack: Pack) -> bool:
        """Return whether a pack is relevant."""
        if pack.genre not in self.genres or pack.bpm is None:
            return False
        return abs(math.log2(pack.bpm / self.bpm)) <= math.log2(1.1) and (
            pack.key in self.keys or pack.creator in self.creators
        )


Recommend = Callable[[Listener], Awaitable[list[uuid.UUID]]]


async def measure() -> dict[str, Samples]:
    """Fill a scratch cluster once, then simulate, compare and time."""
    observability.configure(level="ERROR")
    folder = OUT / "recommendations"
    is_new = not (folder / "ready").exists()
    folder.mkdir(parents=True, exist_ok=True)
    async with database_of(folder) as socket_dir:
        if is_new:
            fill(socket_dir, packs=PACKS, files=1, sellers=CREATORS, genres=GENRES)
            _add_vectors(socket_dir)
            (folder / "ready").touch()
        _forget_members(socket_dir)
        found = await _compare(MEMBERS, "")
        found |= await _speed()
    if demo := os.environ.get("BENCH_DEMO"):
        async with database_of(Path(demo)) as socket_dir:
            _forget_members(socket_dir)
            found |= await _compare(DEMO_MEMBERS, "demo_")
            _forget_members(socket_dir)
    return found


async def _compare(members: int, prefix: str) -> dict[str, Samples]:
    """Let members with known tastes play, then judge each recommender's ten packs."""
    draw = random.Random(5)
    catalogue = await _catalogue()
    by_id = {pack.id: pack for pack in catalogue}
    listeners = [await _listener(number, catalogue, draw) for number in range(members)]
    for one in listeners:
        await _play(one, catalogue, draw)
    popular = [pack.id for pack in sorted(catalogue, key=lambda pack: -pack.popularity)]

    async def most_popular(one: Listener) -> list[uuid.UUID]:
        return [pack for pack in popular[: TOP + PLAYS] if pack not in one.played][:TOP]

    async def at_random(_one: Listener) -> list[uuid.UUID]:
        return [pack.id for pack in draw.sample(catalogue, min(TOP, len(catalogue)))]

    recommenders: dict[str, Recommend] = {
        "ours": _ours, "popular": most_popular, "random": at_random, "earlier": _because_you_played,
    }  # fmt: skip
    judged = {name: await _judge(listeners, recommend, by_id) for name, recommend in recommenders.items()}
    ours = judged["ours"]
    relevant = statistics.mean(sum(map(one.likes, catalogue)) for one in listeners)
    most = statistics.mean(
        min(TOP, sum(one.likes(pack) for pack in catalogue if pack.id not in one.played)) for one in listeners
    )
    note = (
        f"{members} members, {PLAYS} plays each, {len(catalogue):,} packs, {relevant:.0f} of them relevant to a member;"
        f" at most {most / TOP / max(judged['popular'].precision, 1e-4):.2f} times most popular is possible"
    )
    return {
        f"{prefix}precision_popular": Samples([ours.precision], [max(judged["popular"].precision, 1e-4)], note),
        f"{prefix}precision_few": Samples([ours.precision_few], [max(judged["popular"].precision_few, 1e-4)]),
        f"{prefix}precision_random": Samples([ours.precision], [max(judged["random"].precision, 1e-4)]),
        f"{prefix}precision_earlier": Samples([ours.precision], [max(judged["earlier"].precision, 1e-4)]),
        f"{prefix}coverage": Samples([ours.coverage], [judged["random"].coverage]),
        f"{prefix}coverage_earlier": Samples([ours.coverage], [max(judged["earlier"].coverage, 1e-4)]),
        f"{prefix}novelty": Samples([ours.novelty], [judged["popular"].novelty]),
        f"{prefix}novelty_earlier": Samples([ours.novelty], [judged["earlier"].novelty]),
    }


@dataclass(frozen=True)
class _Quality:
    """Share of relevant packs, also of the first few, different packs over all places, and mean surprise in bits."""

    precision: float
    precision_few: float
    coverage: float
    novelty: float


async def _judge(listeners: list[Listener], recommend: Recommend, by_id: dict[uuid.UUID, Pack]) -> _Quality:
    total = sum(pack.popularity + 1 for pack in by_id.values())
    hits, hits_few, listed, bits = 0, 0, [], []
    for one in listeners:
        found = [pack for pack in await recommend(one) if pack not in one.played][:TOP]
        hits += sum(one.likes(by_id[pack]) for pack in found)
        hits_few += sum(one.likes(by_id[pack]) for pack in found[:FEW])
        listed += found
        bits += [-math.log2((by_id[pack].popularity + 1) / total) for pack in found]
    places = len(listeners) * TOP
    return _Quality(
        hits / places, hits_few / (len(listeners) * FEW), len(set(listed)) / min(places, len(by_id)),
        statistics.mean(bits) if bits else 0.0,
    )  # fmt: skip


async def _ours(one: Listener) -> list[uuid.UUID]:
    async with transaction() as session:
        await counting.update_profile(session, one.viewer.user_id)
        await recommendations.refresh(session, one.viewer.user_id)
        found = await recommendations.show(session, one.viewer, limit=TOP + PLAYS)
    return [uuid.UUID(row.card.id) for row in found]


async def _because_you_played(one: Listener) -> list[uuid.UUID]:
    async with read_only() as session:
        found = await earlier.because_you_played(session, one.viewer, limit=TOP + PLAYS)
    return [uuid.UUID(card.id) for card in found.packs] if found else []


async def _speed() -> dict[str, Samples]:
    """Time a listing, a fetch by primary key, and the work of the job for one event."""
    draw = random.Random(7)
    catalogue = await _catalogue()
    one = await _listener(10_000, catalogue, draw)
    await _play(one, catalogue, draw)
    await _ours(one)
    ids = [pack.id for pack in draw.sample(catalogue, 500)]

    async def fetch() -> None:
        async with read_only() as session:
            assert (await session.execute(select(packs).where(packs.c.id == draw.choice(ids)))).one_or_none()

    async def listing() -> None:
        async with read_only() as session:
            assert await recommendations.preview(session, one.viewer)

    async def shown() -> None:
        async with transaction() as session:
            assert await recommendations.show(session, one.viewer)

    async def event() -> None:
        async with transaction() as session:
            await counting.update_profile(session, one.viewer.user_id)

    async def record() -> None:
        pack = draw.choice(catalogue)
        async with transaction() as session:
            await activity.record_play(session, one.viewer, file_id=str(pack.file_id), seconds=20)

    async def rank() -> None:
        async with transaction() as session:
            await recommendations.refresh(session, one.viewer.user_id)

    found = {name: Samples() for name in ("listing", "shown", "event", "refresh")}
    await _p50(fetch, 100)
    await _p50(listing, 20)
    for _ in range(ROUNDS):
        found["listing"].ours.append(await _p50(listing, _CALLS))
        found["listing"].peer.append(await _p50(fetch, _CALLS))
        found["shown"].ours.append(await _p50(shown, _CALLS))
        found["shown"].peer.append(await _p50(fetch, _CALLS))
        found["event"].ours.append(await _p50(event, _CALLS, before=record))
        found["refresh"].ours.append(await _p50(rank, 5))
    return found


async def _p50(
    call: Callable[[], Awaitable[None]], count: int, *, before: Callable[[], Awaitable[None]] | None = None
) -> float:
    spent = []
    for _ in range(count):
        if before:
            await before()
        started = time.perf_counter()
        await call()
        spent.append((time.perf_counter() - started) * _MILLISECONDS)
    return statistics.median(spent)


async def _catalogue() -> list[Pack]:
    async with read_only(timeout_seconds=None) as session:
        rows = await session.execute(
            text("""
                SELECT p.id, (SELECT f.id FROM audio_files f WHERE f.pack_id = p.id AND f.duration_seconds >= 3 LIMIT 1) AS file_id,
                    p.genre_slug, p.creator_id::text AS creator, p.bpm_min, p.bpm_max, p.keys, p.popularity
                FROM packs p WHERE p.status = 'published' ORDER BY p.slug
            """)
        )
        return [
            Pack(row.id, row.file_id, row.genre_slug, row.creator, _bpm(row), row.keys[0] if row.keys else None, row.popularity)
            for row in rows if row.file_id
        ]  # fmt: skip


def _bpm(row: Any) -> float | None:
    return None if row.bpm_min is None else float(row.bpm_min + row.bpm_max) / 2


async def _listener(number: int, catalogue: list[Pack], draw: random.Random) -> Listener:
    """Make a member around a pack that they love."""
    loved = draw.choice(
        [pack for pack in draw.sample(catalogue, min(50, len(catalogue))) if pack.bpm and pack.key] or catalogue
    )
    genres = sorted({pack.genre for pack in catalogue})
    keys = sorted({pack.key for pack in catalogue if pack.key})
    makers = sorted({pack.creator for pack in catalogue})
    user_id = uuid.uuid5(uuid.NAMESPACE_URL, f"listener-{number}")
    async with transaction() as session:
        await session.execute(
            text(
                "INSERT INTO users (id, email, display_name, role) VALUES (:id, :email, :name, 'member') ON CONFLICT DO NOTHING"
            ),
            {"id": user_id, "email": f"listener{number}@bench.test", "name": f"Listener {number}"},
        )
    viewer = Viewer(user_id, None, f"Listener {number}", f"listener{number}@bench.test", Role.MEMBER)
    return Listener(
        viewer,
        genres=(loved.genre, draw.choice(genres)),
        bpm=loved.bpm or 120.0,
        keys=frozenset([loved.key or "A minor", *draw.sample(keys, min(3, len(keys)))]),
        creators=frozenset([loved.creator, *draw.sample(makers, min(2, len(makers)))]),
    )


async def _play(one: Listener, catalogue: list[Pack], draw: random.Random) -> None:
    """Play packs that fit for long, and some at random: briefly, unless they fit, too."""
    fitting = [pack for pack in catalogue if one.likes(pack)]
    for _ in range(PLAYS):
        is_random = draw.random() < RANDOM_SHARE or not fitting
        pack = draw.choice(catalogue if is_random else fitting)
        seconds = draw.uniform(20, 60) if one.likes(pack) else draw.uniform(1, 8)
        if len(one.played) >= len(fitting) // 2 and pack.id not in one.played and one.likes(pack):
            continue  # half of what fits stays to be found
        one.played.add(pack.id)
        async with transaction() as session:
            await activity.record_play(session, one.viewer, file_id=str(pack.file_id), seconds=seconds)


def _forget_members(socket_dir: str) -> None:
    """Delete what simulated members did; the members stay, since their wallets do."""
    own = "WHERE user_id IN (SELECT id FROM users WHERE email LIKE '%@bench.test')"
    as_owner(socket_dir, *(f"DELETE FROM {table} {own}" for table in _TABLES))


_TABLES = (
    "plays", "activity", "taste_signals", "taste_weights", "taste_profiles", "taste_picks", "taste_dismissals", "recommendation_impressions",
)  # fmt: skip


def _add_vectors(socket_dir: str) -> None:
    """Add a vector for each pack, so that the earlier recommendations work as they did."""
    draw = np.random.default_rng(3)
    rows = as_owner(socket_dir, "SELECT id, genre_slug, creator_id::text, bpm_min FROM packs ORDER BY id")
    centres: dict[str, np.ndarray] = {}

    def centre(name: str) -> np.ndarray:
        if name not in centres:
            place = draw.normal(size=64)
            centres[name] = place / np.linalg.norm(place)
        return centres[name]

    low, high = centre("slow"), centre("fast")
    as_owner(
        socket_dir,
        "INSERT INTO similarity_spaces (slot, base_version, matrix, state) VALUES (0, 1, '', 'serving') ON CONFLICT DO NOTHING",
    )
    for start in range(0, len(rows), 5_000):
        listed = []
        for pack_id, genre, creator, bpm in rows[start : start + 5_000]:
            angle = (float(bpm) - 60) / 120 * math.pi / 2
            noise = draw.normal(size=64)
            vector = (
                _VECTOR_SHARES["genre"] * centre(genre)
                + _VECTOR_SHARES["creator"] * centre(creator)
                + _VECTOR_SHARES["tempo"] * (math.cos(angle) * low + math.sin(angle) * high)
                + _VECTOR_SHARES["noise"] * noise / np.linalg.norm(noise)
            )
            vector /= np.linalg.norm(vector)
            listed.append(f"('{pack_id}', 0, ARRAY[{','.join(f'{value:.4f}' for value in vector)}]::real[])")
        as_owner(socket_dir, f"INSERT INTO pack_vectors (pack_id, slot, vector) VALUES {','.join(listed)}")
    as_owner(socket_dir, "VACUUM ANALYZE pack_vectors")


if __name__ == "__main__":
    asyncio.run(measure())
