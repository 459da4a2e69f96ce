"""Activity counts of members for badges and challenges. Purchases count once they are no longer refundable."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy

# Rewards wait until a purchase is no longer refundable, so a refund never has to reverse a reward.
_IS_FINAL = "p.status = 'completed' AND NOT is_refundable(p, :refund_hours)"
# A buyer whose payment was refunded or disputed owes tokens. The latest purchases up to that amount count as unpaid.
_OWED = "(SELECT w.debt_tokens FROM wallets w WHERE w.user_id = p.buyer_id)"
IS_PAID = f"""(p.price_tokens = p.bonus_tokens OR {_OWED} = 0 OR {_OWED} <= (
    SELECT coalesce(sum(n.price_tokens - n.bonus_tokens), 0) FROM purchases n
    WHERE n.buyer_id = p.buyer_id AND n.status = 'completed' AND (n.created_at, n.id) > (p.created_at, p.id)))"""  # noqa: S608 - constants
# The key with the greatest total weight in the taste profile.
_FAVOURITE_KEY = """
    SELECT w.value FROM taste_weights w WHERE w.user_id = :user AND w.facet = 'key' AND w.weight > 0
    GROUP BY w.value ORDER BY sum(w.weight) DESC, w.value LIMIT 1
"""
_KEY = text(_FAVOURITE_KEY)
_COUNTS = text(f"""
    WITH heard AS (
        SELECT y.pack_id, y.seconds_heard FROM plays y WHERE y.user_id = :user AND y.created_at >= :since
    ), bought AS (
        SELECT p.price_tokens - p.bonus_tokens AS paid FROM purchases p
        WHERE p.buyer_id = :user AND p.created_at >= :since AND {_IS_FINAL} AND {IS_PAID}
    ), published AS (
        SELECT k.id FROM packs k JOIN creators c ON c.id = k.creator_id
        WHERE c.user_id = :user AND k.status = 'published' AND k.published_at >= :since
    )
    SELECT
        (SELECT coalesce(sum(seconds_heard), 0)::integer / 60 FROM heard) AS heard_minutes,
        (SELECT count(DISTINCT pack_id) FROM heard) AS heard_packs,
        (SELECT count(DISTINCT k.genre_slug) FROM heard JOIN packs k ON k.id = heard.pack_id) AS heard_genres,
        (SELECT count(*) FROM bought WHERE paid > 0) AS paid_purchases,
        (SELECT coalesce(sum(paid), 0) FROM bought) AS tokens_spent,
        (SELECT count(*) FROM comments WHERE user_id = :user AND created_at >= :since AND deleted_at IS NULL AND hidden_at IS NULL) AS comments,
        (SELECT count(*) FROM ratings WHERE user_id = :user AND created_at >= :since AND hidden_at IS NULL) AS ratings,
        (SELECT count(*) FROM messages m JOIN conversations v ON v.id = m.conversation_id
            WHERE v.user_id = :user AND m.role = 'user' AND m.created_at >= :since) AS questions,
        (SELECT count(*) FROM saved_searches WHERE user_id = :user AND created_at >= :since) AS saved_searches,
        (SELECT coalesce(max(longest_streak), 0) FROM reward_profiles WHERE user_id = :user) AS longest_streak,
        (SELECT count(*) FROM referrals f WHERE f.referrer_id = :user AND f.rewarded_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM rewards w WHERE w.user_id = :user AND w.kind = 'referral' AND w.source = 'friend ' || f.friend_id
                AND w.state <> 'given')) AS friends,
        (SELECT count(DISTINCT heard.pack_id) FROM heard JOIN packs k ON k.id = heard.pack_id WHERE k.keys @> ARRAY[(
            {_FAVOURITE_KEY})]::varchar[]) AS packs_in_key,
        (SELECT coalesce(sum(seconds), 0)::integer / 60 FROM spotify_listening
            WHERE user_id = :user AND day >= CAST(:since AS timestamptz)::date) AS spotify_minutes,
        -- Own collections of which the last missing part was bought in this time. Only items of others that are on sale are a part.
        (SELECT count(*) FROM collections n WHERE n.user_id = :user
            AND (SELECT count(*) FROM collection_items i JOIN packs k ON k.id = i.pack_id AND k.status = 'published'
                JOIN creators c ON c.id = k.creator_id AND c.user_id <> :user
                WHERE i.collection_id = n.id AND EXISTS (SELECT FROM audio_files f
                    WHERE f.pack_id = k.id AND f.retired_at IS NULL AND (NOT i.is_sound OR f.id = i.file_id))) >= :finished_items
            AND EXISTS (SELECT FROM collection_items i JOIN purchases p ON p.pack_id = i.pack_id
                WHERE i.collection_id = n.id AND p.buyer_id = :user AND p.created_at >= :since AND p.price_tokens > 0 AND {_IS_FINAL})
            AND NOT EXISTS (SELECT FROM collection_items i JOIN packs k ON k.id = i.pack_id AND k.status = 'published'
                JOIN creators c ON c.id = k.creator_id AND c.user_id <> :user
                JOIN audio_files f ON f.pack_id = k.id AND f.retired_at IS NULL AND (NOT i.is_sound OR f.id = i.file_id)
                WHERE i.collection_id = n.id AND NOT EXISTS (SELECT FROM purchases p
                    WHERE p.buyer_id = :user AND p.status = 'completed' AND p.pack_id = f.pack_id AND f.id = ANY (p.file_ids)))
        ) AS finished_collections,
        (SELECT count(*) FROM published) AS published_packs,
        (SELECT count(*) FROM audio_files f JOIN published ON published.id = f.pack_id
            WHERE f.kind = 'loop' AND f.bpm < 90 AND f.retired_at IS NULL) AS slow_loops,
        (SELECT count(*) FROM purchases p JOIN packs k ON k.id = p.pack_id JOIN creators c ON c.id = k.creator_id
            WHERE c.user_id = :user AND p.price_tokens > 0 AND {_IS_FINAL}) AS sales,
        (SELECT count(*) FROM ratings r JOIN packs k ON k.id = r.pack_id JOIN creators c ON c.id = k.creator_id
            WHERE c.user_id = :user AND r.stars = 5 AND r.hidden_at IS NULL) AS five_stars
""")  # noqa: S608 - constants
_SPENT = text(f"""
    SELECT p.created_at, p.price_tokens - p.bonus_tokens AS paid FROM purchases p
    WHERE p.buyer_id = :user AND p.created_at >= :since AND p.price_tokens > p.bonus_tokens AND {_IS_FINAL} AND {IS_PAID}
    ORDER BY p.created_at DESC LIMIT 5000
""")  # noqa: S608 - constants
# The ledger shows which tokens were given back, by the key of ``giving.give``: a schema downgrade deletes tier rewards, but not their payments.
_BONUS_SPENT = text(f"""
    SELECT p.id, p.bonus_tokens FROM purchases p
    WHERE p.buyer_id = :user AND p.bonus_tokens * :percent >= 100 AND p.created_at > now() - make_interval(days => :days) AND {_IS_FINAL} AND {IS_PAID}
        AND NOT EXISTS (SELECT FROM ledger_transactions t
            WHERE t.wallet_user_id = :user AND t.idempotency_key = 'grant:reward-tier-purchase-' || p.id)
    ORDER BY p.created_at LIMIT 200
""")  # noqa: S608 - constants
_HAS_SPOTIFY = text("SELECT EXISTS (SELECT FROM spotify_tokens WHERE user_id = :user AND refresh_token IS NOT NULL)")
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


async def counts(session: AsyncSession, user_id: uuid.UUID, *, since: datetime = _EVER) -> dict[str, int]:
    """Return a member's activity counts since a time, by name of the measure.

    ``longest_streak``, ``friends``, ``sales`` and ``five_stars`` always cover the whole membership.
    """
    values = {
        "user": user_id,
        "since": since,
        "refund_hours": policy.REFUND_HOURS,
        "finished_items": policy.MIN_FINISHED_ITEMS,
    }
    row = (await session.execute(_COUNTS, values)).mappings().one()
    return {name: int(value) for name, value in row.items()}


async def favourite_key(session: AsyncSession, user_id: uuid.UUID) -> str:
    """Return the key with the greatest weight in the member's taste profile; empty if there is none."""
    return (await session.execute(_KEY, {"user": user_id})).scalar_one_or_none() or ""


async def has_spotify(session: AsyncSession, user_id: uuid.UUID) -> bool:
    """Return whether a member has connected Spotify."""
    return bool((await session.execute(_HAS_SPOTIFY, {"user": user_id})).scalar_one())


async def bonus_spent(session: AsyncSession, user_id: uuid.UUID, *, percent: int) -> list[Any]:
    """List ``id`` and ``bonus_tokens`` of final paid purchases for which ``percent`` of the bonus tokens is due back.

    At most 200, oldest first, of the last ``policy.TIER_BACK_DAYS``; only if the percentage is at least one token and was not
    given back yet.
    """
    values = {"user": user_id, "percent": percent, "days": policy.TIER_BACK_DAYS, "refund_hours": policy.REFUND_HOURS}
    return list(await session.execute(_BONUS_SPENT, values))


async def purchases(session: AsyncSession, user_id: uuid.UUID, *, since: datetime) -> list[tuple[datetime, int]]:
    """List time and number of bought tokens spent of the member's latest 5,000 final paid purchases, newest first."""
    values = {"user": user_id, "since": since, "refund_hours": policy.REFUND_HOURS}
    return [(row.created_at, row.paid) for row in await session.execute(_SPENT, values)]
