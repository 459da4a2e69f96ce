"""Personal access tokens for scripts: bearer tokens shown once and stored only as hashes.

A revoked token has no row any more, so that nobody is found by it; ``api.dependencies`` answers 401.
"""

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import security
from askchopper.errors import InvalidInputError
from askchopper.models.accounts import PersonalToken, personal_tokens, users
from askchopper.models.base import utc_now
from askchopper.models.catalogue import creators
from askchopper.schemas.accounts import AccessTokenSummary, Viewer
from askchopper.schemas.text import clean_line
from askchopper.services.own_rows import delete_own
from askchopper.services.sessions import IS_READ_ONLY, SEEN_INTERVAL, VIEWER_COLUMNS, hash_untrusted, viewer_of

MAX_NAME_LENGTH = 60


MAX_TOKENS = 20


_PREFIX = "ac_"


_BY_TOKEN = (
    select(*VIEWER_COLUMNS, personal_tokens.c.id.label("token_id"), personal_tokens.c.last_used_at, IS_READ_ONLY)
    .select_from(
        personal_tokens.join(users, users.c.id == personal_tokens.c.user_id).outerjoin(
            creators, creators.c.user_id == users.c.id
        )
    )
    .where(
        personal_tokens.c.token_hash == bindparam("token_hash"),
        func.coalesce(personal_tokens.c.expires_at > func.now(), True),
        users.c.disabled_at.is_(None),
    )
)


_TOUCH_TOKEN = text(
    "UPDATE personal_tokens SET last_used_at = now()"
    " WHERE id = (SELECT id FROM personal_tokens WHERE id = :id FOR UPDATE SKIP LOCKED)"
)


async def find_viewer(session: AsyncSession, token: str) -> Viewer | None:
    """Return the owner of a personal access token; None if it is unknown, expired, revoked or the account is disabled."""
    if not token.startswith(_PREFIX) or len(token) > 100:
        return None
    row = (await session.execute(_BY_TOKEN, {"token_hash": hash_untrusted(token)})).one_or_none()
    if row is None:
        return None
    is_stale = row.last_used_at is None or utc_now() - row.last_used_at > SEEN_INTERVAL
    if row.read_only == "off" and is_stale:
        await session.execute(_TOUCH_TOKEN, {"id": row.token_id})
    return viewer_of(row, session_id=None)


async def create(session: AsyncSession, viewer: Viewer, *, name: str) -> str:
    """Create a bearer token for scripts. The plain token is returned only here.

    Raises:
        InvalidInputError: the name is invalid, or the member has too many tokens.
    """
    cleaned = clean_line(name, label="The name", field="name", max_length=MAX_NAME_LENGTH)
    count = select(func.count()).select_from(personal_tokens).where(personal_tokens.c.user_id == viewer.user_id)
    if (await session.execute(count)).scalar_one() >= MAX_TOKENS:
        sentence = f"You can have {MAX_TOKENS} tokens. Revoke one first."
        raise InvalidInputError(sentence, field="name")
    token = _PREFIX + security.new_token()
    session.add(PersonalToken(user_id=viewer.user_id, name=cleaned, token_hash=security.hash_token(token)))
    await session.flush()
    return token


async def list_tokens(session: AsyncSession, viewer: Viewer) -> tuple[AccessTokenSummary, ...]:
    """List the viewer's personal tokens, newest first."""
    rows = await session.execute(
        select(personal_tokens)
        .where(personal_tokens.c.user_id == viewer.user_id)
        .order_by(personal_tokens.c.created_at.desc())
    )
    return tuple(
        AccessTokenSummary(id=str(row.id), name=row.name, created_at=row.created_at, last_used_at=row.last_used_at)
        for row in rows
    )


async def revoke(session: AsyncSession, viewer: Viewer, *, token_id: str) -> None:
    """Revoke one of the viewer's tokens.

    Raises:
        NotFoundError: it is not theirs, or was revoked before.
    """
    await delete_own(session, personal_tokens, viewer, row_id=token_id, missing="This token was already revoked.")
