"""Referrals by invitation link. Both sides get tokens once the friend's final purchases reach a minimum of bought tokens."""

import hashlib
import hmac
import ipaddress
import uuid

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes, settings
from askchopper.models.rewards import referrals, reward_profiles
from askchopper.plurals import counted
from askchopper.reward_vocabulary import RewardKind
from askchopper.schemas.rewards import ReferralProgress
from askchopper.services import activity
from askchopper.services.rewards import counts, giving, profiles

BATCH = 200
_MAX_CODE = 12
_COUNTS = text("""
    SELECT count(*) AS joined, count(rewarded_at) AS rewarded FROM referrals WHERE referrer_id = :user
""")
_HAS_SPENT = f"""(
    SELECT coalesce(sum(p.price_tokens - p.bonus_tokens), 0) FROM purchases p
    WHERE p.buyer_id = r.friend_id AND p.status = 'completed' AND NOT is_refundable(p, :refund_hours) AND {counts.IS_PAID}
        AND NOT EXISTS (SELECT FROM packs k JOIN creators c ON c.id = k.creator_id WHERE k.id = p.pack_id AND c.user_id = r.referrer_id)
) >= :spent"""  # noqa: S608 - constants
_UNEARNED = text(f"""
    SELECT r.referrer_id FROM referrals r WHERE r.friend_id = :friend AND r.rewarded_at IS NOT NULL AND NOT {_HAS_SPENT}
""")  # noqa: S608 - constants
_DUE = text(f"""
    SELECT r.friend_id, r.referrer_id, u.display_name AS friend, CASE WHEN r.suspicion <> '' THEN r.suspicion
        WHEN coalesce(u.disabled_at, w.disabled_at) IS NOT NULL THEN 'One of the two is suspended.'
        WHEN EXISTS (
            SELECT FROM token_orders f JOIN token_orders o ON o.payer_hashes && f.payer_hashes
            WHERE f.user_id = r.friend_id AND o.user_id = r.referrer_id
        ) THEN 'Paid with the card or email of the referrer.' ELSE '' END AS suspicion
    FROM referrals r JOIN users u ON u.id = r.friend_id JOIN users w ON w.id = r.referrer_id
    WHERE r.rewarded_at IS NULL AND (CAST(:member AS uuid) IS NULL OR CAST(:member AS uuid) IN (r.referrer_id, r.friend_id)) AND {_HAS_SPENT}
    ORDER BY r.created_at LIMIT :limit FOR UPDATE OF r SKIP LOCKED
""")  # noqa: S608 - constants

# Locks each referrer: two transactions at once would otherwise both reward the last referral below the monthly cap.
_IN_TURN = text("""
    SELECT pg_advisory_xact_lock(hashtextextended('referrals of ' || one, 0))
    FROM (SELECT DISTINCT unnest(CAST(:referrers AS text[])) AS one ORDER BY one) ordered
""")
_THIS_MONTH = text("""
    SELECT referrer_id, count(*) AS number FROM referrals
    WHERE referrer_id = ANY(CAST(:referrers AS uuid[])) AND rewarded_at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    GROUP BY referrer_id
""")


async def progress(session: AsyncSession, user_id: uuid.UUID) -> ReferralProgress:
    """Return a member's referral code, and the numbers of referrals made with it and of those rewarded."""
    row = await profiles.get(session, user_id)
    counted = (await session.execute(_COUNTS, {"user": user_id})).one()
    return ReferralProgress(row.code, counted.joined, counted.rewarded)


async def remember_network(session: AsyncSession, user_id: uuid.UUID, *, address: str) -> None:
    """Store a keyed hash of the network from which a member last signed in."""
    await session.execute(
        update(reward_profiles).where(reward_profiles.c.user_id == user_id).values(network_hash=network_hash(address))
    )


async def join(
    session: AsyncSession, *, friend_id: uuid.UUID, code: str, address: str, present_user: uuid.UUID | None = None
) -> None:
    """Record the referral of a new member. Unknown codes are ignored, so that a mistyped link cannot block registration.

    Args:
        session: database session.
        friend_id: the new member.
        code: referral code from the invitation link.
        address: the new member's network address.
        present_user: member signed in in the same browser, if any.

    Invariant: an account made in the browser or network of the referrer is marked, and both rewards are held for a moderator.
    """
    found = await session.execute(
        select(reward_profiles.c.user_id, reward_profiles.c.network_hash).where(reward_profiles.c.code == code.strip().lower()[:_MAX_CODE])
    )  # fmt: skip
    row = found.one_or_none()
    if row is None or row.user_id == friend_id:
        return
    suspicion = ""
    if present_user == row.user_id:
        suspicion = "Registered in the referrer's browser."
    elif row.network_hash and row.network_hash == network_hash(address):
        suspicion = "Registered in the referrer's network."
    values = {"friend_id": friend_id, "referrer_id": row.user_id, "suspicion": suspicion}
    await session.execute(upsert(referrals).values(values).on_conflict_do_nothing())


async def reward_due(session: AsyncSession, *, member: uuid.UUID | None = None) -> int:
    """Reward both sides of due referrals, at most ``BATCH``; returns the number of referrals.

    ``member`` limits them to those in which this member is friend or referrer. Suspicious rewards are held for a moderator.
    Purchases from the referrer do not count: most of the price returns to the referrer, so fake friends would pay off.
    Above the monthly cap only the friend is rewarded, not the referrer.

    Emits: a notification to each referrer who got a reward.
    """
    if not giving.is_on(RewardKind.REFERRAL):
        return 0
    rows = (
        await session.execute(
            _DUE,
            {"refund_hours": policy.REFUND_HOURS, "limit": BATCH, "spent": policy.REFERRAL_SPENT, "member": member},
        )
    ).all()
    given = await _this_month(session, [str(row.referrer_id) for row in rows])
    for row in rows:
        tokens = policy.REFERRAL_TOKENS
        await giving.give(
            session, row.friend_id, RewardKind.REFERRAL, source="welcome", tokens=tokens, memo="Joined through a friend", suspicion=row.suspicion
        )  # fmt: skip
        number = given.get(row.referrer_id, 0)
        given[row.referrer_id] = number + 1
        if number < policy.MAX_REFERRALS_A_MONTH:
            await giving.give(
                session, row.referrer_id, RewardKind.REFERRAL, source=f"friend {row.friend_id}", tokens=tokens,
                memo="A friend bought something", suspicion=row.suspicion,
            )  # fmt: skip
            if not row.suspicion:
                sentence = f"{row.friend} bought something. You got {counted(tokens, 'bonus token')}."
                await activity.notify(
                    session,
                    user_id=row.referrer_id,
                    kind="reward",
                    sentence=sentence,
                    link=routes.REWARDS,
                    actor=row.friend_id,
                )
        await session.execute(
            update(referrals)
            .where(referrals.c.friend_id == row.friend_id)
            .values(rewarded_at=text("now()"), suspicion=row.suspicion)
        )
    return len(rows)


async def unearned(session: AsyncSession, friend_id: uuid.UUID) -> uuid.UUID | None:
    """Return the referrer rewarded for a friend whose spending has since dropped below the minimum; None if there is none."""
    values = {"friend": friend_id, "refund_hours": policy.REFUND_HOURS, "spent": policy.REFERRAL_SPENT}
    return (await session.execute(_UNEARNED, values)).scalar_one_or_none()


async def _this_month(session: AsyncSession, referrers: list[str]) -> dict[uuid.UUID, int]:
    """Return each referrer's number of rewarded friends this month, and lock the referrers against concurrent rewards."""
    await session.execute(_IN_TURN, {"referrers": referrers})
    return {row.referrer_id: row.number for row in await session.execute(_THIS_MONTH, {"referrers": referrers})}


def network_hash(address: str) -> str:
    """Return a keyed hash of an address's network: /24 for IPv4, /48 for IPv6; empty for an invalid address."""
    try:
        version = ipaddress.ip_network(address, strict=False).version
        network = ipaddress.ip_network(f"{address.partition('/')[0]}/{24 if version == 4 else 48}", strict=False)
    except ValueError:
        return ""
    key = settings.get().signing_key.encode()
    return hmac.new(key, f"referral network {network}".encode(), hashlib.sha256).hexdigest()
