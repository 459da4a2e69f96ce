"""The data of the page header, read in one SQL query, since every navigation needs it."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database_statements import prepared
from askchopper.models.accounts import users
from askchopper.models.activity import notifications
from askchopper.models.base import table_of
from askchopper.models.spotify import SpotifyTokens
from askchopper.models.wallet import Wallet
from askchopper.schemas.accounts import Viewer
from askchopper.services.spotify import connection

_wallets = table_of(Wallet)
_UNREAD = (
    select(func.count())
    .select_from(notifications)
    .where(notifications.c.user_id == users.c.id, notifications.c.read_at.is_(None))
    .scalar_subquery()
)
_HEADER = prepared(
    select(
        (_wallets.c.spendable_tokens + _wallets.c.bonus_tokens).label("tokens"),
        _UNREAD.label("unread"),
        users.c.picture_key,
        SpotifyTokens,
    )
    .select_from(users.join(_wallets, _wallets.c.user_id == users.c.id))
    .outerjoin(SpotifyTokens, SpotifyTokens.user_id == users.c.id)  # type: ignore[arg-type]
    .where(users.c.id == bindparam("user"))
)


@dataclass(frozen=True)
class Header:
    """The data of the page header.

    Args:
        tokens: balance of the wallet, including bonus tokens.
        unread: number of unread notifications.
        picture: storage key of the profile picture; empty without one.
        spotify: ``word`` of the ``schemas.spotify.Connection``.
    """

    tokens: int
    unread: int
    picture: str
    spotify: str


async def read(session: AsyncSession, viewer: Viewer) -> Header:
    """Return the viewer's header data."""
    row = (await session.execute(_HEADER, {"user": viewer.user_id})).one()
    return Header(row.tokens, row.unread, row.picture_key, connection.describe(row.SpotifyTokens).word)
