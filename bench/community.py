"""What the community's lists cost at a million rows each, a release to ten thousand followers, and one day claimed fifty times at once."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable

import psutil
from sqlalchemy import select

from askchopper import policy
from askchopper.community_vocabulary import CommentSort
from askchopper.database import read_only, retrying, transaction
from askchopper.errors import ConflictError, UnavailableError
from askchopper.models.community import comments as comment_rows
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.services import wallet
from askchopper.services.community import comment_lists, feed, ratings
from askchopper.services.rewards import daily
from askchopper.vocabulary import Role
from bench.protocol import ROUNDS, BenchError, Samples, median_ms
from bench.scratch import as_owner, database_of, fill

PACKS, FILES, SELLERS = 2_000, 4, 100
MEMBERS, ENTRIES = 10_000, 100  # of each member's feed: a million
COMMENTS, ON_ONE = 1_000_000, 100_000  # of which so many are on the most discussed pack
RATINGS = 1_000_000  # so many members rated the same packs
CALLS, PARALLEL = 100, 50
_MEMBER = "md5('member' || {n})::uuid"
_DATA = (
    "SET synchronous_commit = off",
    f"INSERT INTO users (id, email, display_name, role) SELECT {_MEMBER.format(n='n')}, 'member' || n || '@example.test', 'Member ' || n,"
    f" 'member' FROM generate_series(1, {MEMBERS}) n",
    "SET session_replication_role = replica",  # follows are not counted one by one
    f"INSERT INTO follows (id, user_id, creator_id) SELECT md5('follow' || n)::uuid, {_MEMBER.format(n='n')}, md5('creator1')::uuid"
    f" FROM generate_series(1, {MEMBERS}) n",
    # Ids are time-ordered, so numbers do for them.
    f"INSERT INTO feed_events (id, kind, source, creator_id, pack_id) SELECT lpad(to_hex(n), 32, '0')::uuid, 'pack', 'pack:' || n,"
    f" p.creator_id, p.id FROM generate_series(1, {PACKS}) n JOIN packs p ON p.slug = 'pack-' || n",
    f"INSERT INTO feed_entries (user_id, event_id, follow_id) SELECT {_MEMBER.format(n='m')}, lpad(to_hex(1 + (m + k * 19) % {PACKS}), 32, '0')::uuid,"
    f" md5('follow' || m)::uuid FROM generate_series(1, {MEMBERS}) m, generate_series(1, {ENTRIES}) k",
    # Every third answers one of before; of the others half have a moment.
    f"INSERT INTO comments (id, pack_id, file_id, parent_id, user_id, at_seconds, text)"
    f" SELECT lpad(to_hex(n), 32, '0')::uuid, p.id, CASE WHEN n % 3 = 1 THEN md5(p.id::text || 1 + n % {FILES})::uuid END,"
    f" CASE WHEN n % 3 = 0 THEN lpad(to_hex(n - 1), 32, '0')::uuid END, {_MEMBER.format(n=f'1 + n % {MEMBERS}')},"
    f" CASE WHEN n % 3 = 1 THEN n % 400 / 100.0 END, 'The hats at the end are good, says number ' || n"
    f" FROM generate_series(1, {COMMENTS}) n JOIN packs p"
    f" ON p.slug = 'pack-' || CASE WHEN n <= {ON_ONE} THEN 1 ELSE 2 + (n + 1) / 3 % ({PACKS} - 1) END",
    f"INSERT INTO ratings (id, pack_id, user_id, stars, text, answer, basis) SELECT md5(p.slug || ' ' || m)::uuid, p.id, {_MEMBER.format(n='m')}, 1 + m % 5,"
    f" CASE WHEN m % 10 = 0 THEN 'Good' ELSE '' END, '', 'heard' FROM generate_series(1, {RATINGS // MEMBERS}) n JOIN packs p ON p.slug = 'pack-' || n,"
    f" generate_series(1, {MEMBERS}) m",
    "SET session_replication_role = origin",
    "VACUUM ANALYZE",
)
_draw = random.Random(1)
_NAMES = ("feed", "feed_later", "comments", "moments", "moments_later", "summary", "rating")


async def measure() -> dict[str, Samples]:
    """Measure lists against the fetch of a row by its key, a fan-out, and claims."""
    figures = {name: Samples() for name in _NAMES}
    figures["fan_out"] = Samples(note=f"{MEMBERS:,} followers in batches of {feed.BATCH:,}")
    figures["claims"] = Samples(note=f"{PARALLEL} tries at once in each round; the ledger was verified after each")
    async with database_of() as socket_dir:
        fill(socket_dir, packs=PACKS, files=FILES, sellers=SELLERS)
        as_owner(socket_dir, *_DATA)
        reader, pack_id = _member(socket_dir, 7), _id(socket_dir, "md5('pack1')")
        await _recount(pack_id)  # stars were written past the service that counts them
        later, moments_later = await _deep_cursors(reader)
        works: dict[str, Callable[[], Awaitable[None]]] = {
            "feed": lambda: _feed(reader),
            "feed_later": lambda: _feed(reader, later),
            "comments": lambda: _comments(reader),
            "moments": lambda: _comments(reader, CommentSort.MOMENT),
            "moments_later": lambda: _comments(reader, CommentSort.MOMENT, moments_later),
            "summary": lambda: _summary(reader),
            "rating": lambda: _recount(pack_id),
        }
        spent = dict.fromkeys(["fetch", *works], 0.0)
        for turn in range(ROUNDS):
            fetch = await _median(_fetch, spent, "fetch", socket_dir)
            for name, work in works.items():
                figures[name].peer.append(fetch)
                figures[name].ours.append(await _median(work, spent, name, socket_dir))
            figures["fan_out"].ours.append(await _distribute(socket_dir, turn))
            figures["claims"].ours.append(await _claims(_member(socket_dir, 100 + turn)))
        for name in works:
            figures[
                name
            ].note = (
                f"in processor time of this process and Postgres {spent[name] / spent['fetch']:.2f} times the fetch"
            )
    return figures


async def _median(work: Callable[[], Awaitable[None]], spent: dict[str, float], name: str, socket_dir: str) -> float:
    """Return the median of some calls, and add up their processor time: other load on the machine makes longer calls longer still."""
    before = _processor_seconds(socket_dir)
    median = await median_ms(work, CALLS)
    spent[name] += _processor_seconds(socket_dir) - before
    return median


def _processor_seconds(socket_dir: str) -> float:
    """Return the processor time so far of this process and of its database."""
    of_database = [
        one
        for one in psutil.process_iter(["name", "cwd"])
        if one.info["name"] == "postgres" and one.info["cwd"] == socket_dir
    ]
    return sum(one.cpu_times().user + one.cpu_times().system for one in (psutil.Process(), *of_database))


def _id(socket_dir: str, digest: str) -> uuid.UUID:
    return uuid.UUID(str(as_owner(socket_dir, f"SELECT {digest}::uuid")[0][0]))


def _member(socket_dir: str, number: int) -> Viewer:
    user_id = _id(socket_dir, f"md5('member{number}')")
    return Viewer(user_id, None, f"Member {number}", f"member{number}@example.test", Role.MEMBER)


async def _deep_cursors(reader: Viewer) -> tuple[str | None, str | None]:
    """Return where the third page of the feed starts, and a page far into the comments by moment."""
    async with read_only() as session:
        page = await feed.list_feed(session, reader)
        page = await feed.list_feed(session, reader, cursor=page.next_cursor)
    last = f"{10**8:032x}"
    return page.next_cursor, cursors.encode(FILES - 1, 3.5, str(uuid.UUID(last)))


async def _fetch() -> None:
    async with read_only() as session:
        found = await session.execute(
            select(comment_rows).where(comment_rows.c.id == uuid.UUID(int=_draw.randint(1, COMMENTS)))
        )
        assert found.one().text


async def _feed(reader: Viewer, cursor: str | None = None) -> None:
    async with read_only() as session:
        assert len((await feed.list_feed(session, reader, cursor=cursor)).items) == 24


async def _comments(reader: Viewer, sort: CommentSort = CommentSort.NEWEST, cursor: str | None = None) -> None:
    async with read_only() as session:
        page = await comment_lists.list_comments(session, reader, slug="pack-1", sort=sort, cursor=cursor)
    assert len(page.items) == comment_lists.PAGE_SIZE


async def _summary(reader: Viewer) -> None:
    async with read_only() as session:
        assert (await ratings.summary(session, reader, slug="pack-1")).count == MEMBERS


async def _recount(pack_id: uuid.UUID) -> None:
    async with transaction() as session:
        await ratings.recount(session, pack_id)


async def _distribute(socket_dir: str, turn: int) -> float:
    """Return the seconds of the job for an event that nobody has in their feed yet."""
    event_id = uuid.UUID(int=2**100 + turn)
    as_owner(
        socket_dir,
        f"INSERT INTO feed_events (id, kind, source, creator_id, pack_id) SELECT '{event_id}', 'pack', 'release:{turn}', creator_id, id"
        " FROM packs WHERE slug = 'pack-1'",
    )  # fmt: skip
    started = time.perf_counter()
    assert await feed.distribute(event_id) == MEMBERS
    return time.perf_counter() - started


async def _claims(member: Viewer) -> float:
    """Claim a day many times at once; returns how many claims more than one were given, in number or in tokens."""
    claim = lambda session: daily.claim(session, member, zone="UTC", network="192.0.2.1")  # noqa: E731
    results = await asyncio.gather(*(retrying(claim) for _ in range(PARALLEL)), return_exceptions=True)
    given = [result for result in results if not isinstance(result, BaseException)]
    others = {type(result) for result in results if isinstance(result, BaseException)}
    if not others <= {ConflictError, UnavailableError}:
        raise BenchError(f"Claims failed with {others}.")
    async with read_only() as session:
        balance = (await wallet.balance(session, member)).total_tokens
    async with read_only() as session:
        problems = (await wallet.verify(session)).problems
    return float(abs(len(given) - 1) + abs(balance - policy.DAILY_TOKENS) + len(problems))
