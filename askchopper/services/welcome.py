"""Welcome gift for new members: some tokens, and a suggested free pack."""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.models.catalogue import packs
from askchopper.plurals import counted
from askchopper.services import activity, wallet
from askchopper.vocabulary import PackStatus


async def greet(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Credit the welcome tokens and notify the member, suggesting the most popular free pack if there is one. Idempotent."""
    is_new = await wallet.grant(
        session,
        user_id=user_id,
        tokens=policy.WELCOME_TOKENS,
        is_bonus=True,
        key=f"welcome-{user_id}",
        memo="Welcome tokens",
    )
    if not is_new:
        return
    free = await session.execute(
        select(packs.c.slug, packs.c.title)
        .where(packs.c.price_tokens == 0, packs.c.status == PackStatus.PUBLISHED)
        .order_by(packs.c.popularity.desc(), packs.c.published_at.desc())
        .limit(1)
    )
    row = free.one_or_none()
    gift = f"Welcome. You have {counted(policy.WELCOME_TOKENS, 'token')} in your wallet."
    sentence = f"{gift} “{row.title}” is free: get it to start with." if row else gift
    link = routes.pack(row.slug) if row else routes.WALLET
    await activity.notify(session, user_id=user_id, kind="welcome", sentence=sentence, link=link)
