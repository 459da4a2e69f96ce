"""Rate limits: exact sliding windows in Postgres, shared by all processes.

Each hit is counted in its own transaction, so that the rollback of a failed sign-in does not undo it. If the database is
down, the hit fails, and so does the action it guards.
"""

import hashlib
import math
import time
from collections import Counter
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import Integer, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, settings
from askchopper.errors import RateLimitedError
from askchopper.observability import log
from askchopper.plurals import counted

_HOUR_SECONDS = 3600
_MINUTE_SECONDS = 60


@dataclass(frozen=True)
class Limit:
    """A quota per window.

    Args:
        name: key in the store and in the response headers.
        quota: hits allowed in a window.
        window_seconds: length of the window.
        noun: name of the counted action in the error message.
    """

    name: str
    quota: int
    window_seconds: int
    noun: str


REGISTER = Limit("register", 3, _HOUR_SECONDS, "new accounts from this network")
CODE = Limit("code", 5, _HOUR_SECONDS, "wrong codes")
# Only failures count. A browser in which the member has signed in before has its own count. The count per account, over all addresses,
# delays sign-in; only an attack from hundreds of addresses reaches its quota.
LOGIN_ADDRESS = Limit("login-address", 5, _HOUR_SECONDS, "sign-in attempts")
LOGIN_DEVICE = Limit("login-device", 5, _HOUR_SECONDS, "sign-in attempts")
PROVIDER_LOGIN = Limit("provider-login", 30, _HOUR_SECONDS, "sign-in attempts")
LOGIN_ACCOUNT = Limit("login-account", 1_000, _HOUR_SECONDS, "sign-in attempts")
PASSWORD = Limit("password", 5, _HOUR_SECONDS, "wrong passwords")
SECOND_FACTOR = Limit("second-factor", 10, _HOUR_SECONDS, "wrong codes")
TOKEN_PURCHASE = Limit("token-purchase", 10, _HOUR_SECONDS, "token purchases")
PAYOUT = Limit("payout", 10, _HOUR_SECONDS, "payout requests")
PURCHASE = Limit("purchase", 60, _MINUTE_SECONDS, "purchases")
ACCOUNT_MAIL = Limit("account-mail", 6, _HOUR_SECONDS, "emails to this address")
EMAIL_CHANGE = Limit("email-change", 5, _HOUR_SECONDS, "emails with a link")
RESET = Limit("reset", 5, _HOUR_SECONDS, "reset emails from this network")
DRAFT = Limit("draft", 30, _HOUR_SECONDS, "new packs")
PICTURE = Limit("picture", 20, _HOUR_SECONDS, "images")
RELEASE = Limit("release", 5, _HOUR_SECONDS, "published packs")
UPLOAD = Limit("upload", 600, _HOUR_SECONDS, "new uploads")
DOCUMENT = Limit("document", 5, _MINUTE_SECONDS, "documents")
QUERY_SOUND = Limit("query-sound", 20, _MINUTE_SECONDS, "sounds to search with")
SAVED_SEARCH = Limit("saved-search", 30, _MINUTE_SECONDS, "saved searches")
AUDITION = Limit("audition", 60, _MINUTE_SECONDS, "sound checks")  # each one costs a decoder
CHAT = Limit("chat", 10, _MINUTE_SECONDS, "questions")
CHAT_DOCUMENT = Limit("chat-document", 5, _MINUTE_SECONDS, "questions about documents")
SPOTIFY = Limit("spotify", 60, _MINUTE_SECONDS, "Spotify commands")
SPOTIFY_READ = Limit("spotify-read", 60, _MINUTE_SECONDS, "requests to Spotify")
SPOTIFY_LOGIN = Limit("spotify-login", 20, _HOUR_SECONDS, "attempts to connect Spotify")
MEMORY = Limit("memory", 60, _MINUTE_SECONDS, "changes to your memory")
MEMORY_IMPORT = Limit("memory-import", 20, _HOUR_SECONDS, "imports")
MCP = Limit("mcp", 240, _MINUTE_SECONDS, "changes to your memory over MCP")
EXPORT = Limit("export", 3, 24 * _HOUR_SECONDS, "exports")
FEEDBACK = Limit("feedback", 5, _HOUR_SECONDS, "messages")
COLLECTION = Limit("collection", 120, _MINUTE_SECONDS, "changes to collections")
FOLLOW = Limit("follow", 60, _MINUTE_SECONDS, "changes to what you follow")
LIKE = Limit("like", 60, _MINUTE_SECONDS, "likes")
SETTINGS = Limit("settings", 60, _MINUTE_SECONDS, "changes to your settings")
REPORT = Limit("report", 20, _MINUTE_SECONDS, "reports")
COMMENT = Limit("comment", 60, _HOUR_SECONDS, "comments")
NEW_MEMBER_COMMENT = Limit("new-member-comment", 5, _HOUR_SECONDS, "comments on your first day")
RATING = Limit("rating", 60, _HOUR_SECONDS, "ratings")
BLOCK = Limit("block", 30, _MINUTE_SECONDS, "blocks")
CONTENT_REPORT = Limit("content-report", 20, _HOUR_SECONDS, "reports")
MODERATION_MESSAGE = Limit("moderation-message", 60, _HOUR_SECONDS, "messages")
APPEAL = Limit("appeal", 10, 24 * _HOUR_SECONDS, "appeals")
LEGAL_NOTICE = Limit("legal-notice", 5, 24 * _HOUR_SECONDS, "notices from this network")
DAILY_REWARD = Limit("daily-reward", 20, 24 * _HOUR_SECONDS, "daily rewards from this network")
FIGURES_EXPORT = Limit("figures-export", 20, _MINUTE_SECONDS, "exports")
TIME_ZONE = Limit("time-zone", 10, _HOUR_SECONDS, "changes to the time zone")
PLAY = Limit("play", 120, _MINUTE_SECONDS, "plays")
TASTE = Limit("taste", 60, _MINUTE_SECONDS, "changes to your taste")
TASTE_IMPORT = Limit("taste-import", 10, _HOUR_SECONDS, "imports")
WEB_SEARCH = Limit("web-search", 30, _HOUR_SECONDS, "web searches")
RECOMMENDATIONS = Limit("recommendations", 60, _MINUTE_SECONDS, "requests for recommendations")


class LimitReachedError(RateLimitedError):
    """A limit was reached. Carries the limit for the response headers."""

    def __init__(self, limit: Limit, *, retry_after_seconds: int) -> None:
        super().__init__(
            f"Too many {limit.noun}. Try again in {format_wait(retry_after_seconds)}.",
            retry_after_seconds=retry_after_seconds,
        )
        self.limit = limit


@dataclass(frozen=True)
class Hits:
    """Ids of recorded hits, for ``release``."""

    hit_ids: tuple[int, ...]


@dataclass(frozen=True)
class Standing:
    """Remaining quota of a limit: the hits still allowed, and the seconds until the oldest hit expires."""

    limit: Limit
    remaining: int
    reset_seconds: int


_standings: ContextVar[list[Standing]] = ContextVar("limit_standings")


def observe() -> list[Standing]:
    """Return a list that collects the limits hit by the current request, for its response headers."""
    met: list[Standing] = []
    _standings.set(met)
    return met


def quota_of(limit: Limit) -> int:
    """Return a limit's quota: the operator's override, or else the default."""
    return settings.get().quotas.get(limit.name, limit.quota)


def unknown_quotas() -> list[str]:
    """Return the names in ``RATE_LIMIT_QUOTAS`` that match no limit."""
    return sorted(set(settings.get().quotas) - {limit.name for limit in every()})


def every() -> tuple[Limit, ...]:
    """Return all limits, sorted by name."""
    return tuple(sorted((each for each in globals().values() if isinstance(each, Limit)), key=lambda each: each.name))


@dataclass(frozen=True)
class _Refusal:
    ends_at: float
    remembered_until: float


# Refusals of this process. Remembered for a moment only, as another process may reset a count.
_REMEMBERED_SECONDS = 1.0
_MAX_REMEMBERED = 10_000
_refused: dict[str, _Refusal] = {}
_uncounted: Counter[str] = Counter()


def forget() -> None:
    """Clear the refusals cached in this process."""
    _refused.clear()
    _uncounted.clear()


# ``earlier`` is counted in the snapshot of the query: without the new hit, and perhaps without a concurrent one.
_TAKE = text(
    "SELECT t.hit_id, t.retry_after, e.earlier, e.seconds_left FROM limit_take(:key, :quota, :seconds) t, LATERAL ("
    " SELECT count(*) AS earlier, ceil(extract(epoch FROM min(h.expires_at) - now()))::integer AS seconds_left"
    " FROM rate_limit_hits h WHERE h.key = :key AND h.expires_at > now()) e"
).bindparams(bindparam("quota", type_=Integer), bindparam("seconds", type_=Integer))


async def hit(*pairs: tuple[Limit, str]) -> Hits:
    """Count a hit against each limit; if any is exhausted, count none.

    Args:
        pairs: limit and subject: a user id, an address or an e-mail.

    Returns:
        The hits, for ``release`` if only failures count; none if rate limits are switched off.

    Raises:
        LimitReachedError: a quota is exhausted.
        UnavailableError: the database is unavailable.

    Invariant: a quota is never exceeded, also under concurrency.
    """
    if settings.get().rate_limits == "off":
        return Hits(())
    _refuse_again(pairs)
    try:
        async with database.side_transaction() as session:
            if len(pairs) == 1:  # a single SQL statement needs no BEGIN and COMMIT, which saves two round trips
                await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            # Lock keys in one order, to avoid deadlocks.
            hits = [await _hit_one(session, limit, whom) for limit, whom in sorted(pairs, key=_key_of)]
    except LimitReachedError as error:
        log.warning("limits.refused", limit=error.limit.name, retry_after=error.retry_after_seconds)
        await _count_refusal(error.limit)
        raise
    return Hits(tuple(hits))


def _refuse_again(pairs: Sequence[tuple[Limit, str]]) -> None:
    """Refuse from the local cache of recent refusals, without a query, so that floods of refused requests stay cheap."""
    now = time.monotonic()
    for pair in pairs:
        known = _refused.get(_key_of(pair))
        if known is not None and now < known.remembered_until:
            _uncounted[pair[0].name] += 1
            raise LimitReachedError(pair[0], retry_after_seconds=max(1, math.ceil(known.ends_at - now)))


def _remember(key: str, retry_after_seconds: int) -> None:
    now = time.monotonic()
    if len(_refused) >= _MAX_REMEMBERED:
        _refused.clear()
    ends_at = now + retry_after_seconds
    _refused[key] = _Refusal(ends_at, min(ends_at, now + _REMEMBERED_SECONDS))


async def count(limit: Limit, whom: str) -> int:
    """Return the hits of one subject in the current window."""
    async with database.side_transaction() as session:
        counted = await session.execute(
            text("SELECT count(*) FROM rate_limit_hits WHERE key = :key AND expires_at > now()"),
            {"key": _key_of((limit, whom))},
        )
        return int(counted.scalar_one())


async def release(tries: Hits) -> None:
    """Delete the hits of an action that succeeded, for limits that count only failures."""
    if tries.hit_ids:
        async with database.side_transaction() as session:
            await session.execute(
                text("DELETE FROM rate_limit_hits WHERE id = ANY(:ids)"),
                {"ids": list(tries.hit_ids)},
            )


async def reset(session: AsyncSession, limit: Limit, whom: str) -> None:
    """Reset the count of one subject, in the caller's transaction."""
    _refused.pop(_key_of((limit, whom)), None)
    await session.execute(text("DELETE FROM rate_limit_hits WHERE key = :key"), {"key": _key_of((limit, whom))})


async def delete_expired(session: AsyncSession) -> int:
    """Delete expired hits; return their number."""
    result = await session.execute(
        text(
            "WITH gone AS (DELETE FROM rate_limit_hits WHERE expires_at < now() RETURNING 1) SELECT count(*) FROM gone"
        )
    )
    return int(result.scalar_one())


async def refusals_today(session: AsyncSession) -> dict[str, int]:
    """Return today's refused hits (UTC) by limit name, for the status page."""
    rows = await session.execute(
        text(
            "SELECT limit_name, refused FROM rate_limit_refusals"
            " WHERE day = (now() AT TIME ZONE 'utc')::date ORDER BY limit_name"
        )
    )
    return {row.limit_name: row.refused for row in rows}


def format_wait(seconds: int) -> str:
    """Format a waiting time in seconds, rounded up: ``42 minutes``."""
    if seconds < _MINUTE_SECONDS:
        return counted(seconds, "second")
    if seconds > 2 * _HOUR_SECONDS:
        return f"{-(-seconds // _HOUR_SECONDS)} hours"
    minutes = -(-seconds // _MINUTE_SECONDS)
    return counted(minutes, "minute")


async def _hit_one(session: AsyncSession, limit: Limit, whom: str) -> int:
    quota = quota_of(limit)
    values = {"key": _key_of((limit, whom)), "quota": quota, "seconds": limit.window_seconds}
    row = (await session.execute(_TAKE, values)).one()
    if row.hit_id is None:
        _remember(_key_of((limit, whom)), int(row.retry_after))
        raise LimitReachedError(limit, retry_after_seconds=int(row.retry_after))
    if (met := _standings.get(None)) is not None:
        met.append(Standing(limit, max(0, quota - row.earlier - 1), row.seconds_left or limit.window_seconds))
    return int(row.hit_id)


async def _count_refusal(limit: Limit) -> None:
    async with database.side_transaction() as session:
        await session.execute(
            text(
                "INSERT INTO rate_limit_refusals (limit_name, day, refused)"
                " VALUES (:name, (now() AT TIME ZONE 'utc')::date, :count)"
                " ON CONFLICT (limit_name, day) DO UPDATE SET refused = rate_limit_refusals.refused + :count"
            ),
            {"name": limit.name, "count": 1 + _uncounted.pop(limit.name, 0)},
        )


def _key_of(pair: tuple[Limit, str]) -> str:
    # Hashed, because the subject may be an e-mail or an address, and of any length.
    limit, whom = pair
    digest = hashlib.sha256(whom.encode("utf-8", "replace")).hexdigest()
    return f"{limit.name}:{digest}"
