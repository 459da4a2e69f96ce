"""Profiles: a member's display name, picture, text and links, public on the creator page."""

from urllib.parse import urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import InvalidInputError
from askchopper.models.accounts import users
from askchopper.models.catalogue import creators, packs
from askchopper.schemas.accounts import Profile, Viewer
from askchopper.schemas.text import clean_line, is_plain
from askchopper.services import limits

_LINK = "A link starts with https://, such as https://example.com/me."


async def get(session: AsyncSession, viewer: Viewer) -> Profile:
    """Return the viewer's profile. A creator's bio from before profiles existed is read from the creator row."""
    found = await session.execute(
        select(users.c.display_name, users.c.bio, users.c.links, users.c.picture_key, creators.c.bio.label("creator_bio"))
        .select_from(users.outerjoin(creators, creators.c.user_id == users.c.id))
        .where(users.c.id == viewer.user_id)
    )  # fmt: skip
    row = found.one()
    return Profile(row.display_name, row.bio or row.creator_bio or "", tuple(row.links), row.picture_key)


async def picture_key(session: AsyncSession, viewer: Viewer) -> str:
    """Return the key of the viewer's picture; empty without one."""
    return (await session.execute(select(users.c.picture_key).where(users.c.id == viewer.user_id))).scalar_one()


async def change(session: AsyncSession, viewer: Viewer, *, name: str, bio: str, links: str) -> None:
    """Change name, text and links; ``links`` has one per line. Issued licences keep the earlier name.

    Raises:
        InvalidInputError: a value is invalid.
        RateLimitedError: too many changes in a minute.
    """
    await limits.hit((limits.SETTINGS, str(viewer.user_id)))
    limit = policy.MAX_DISPLAY_NAME_CHARACTERS
    known_name = clean_line(name, label="The display name", field="name", max_length=limit)
    known_bio = _checked_bio(bio)
    values = {"display_name": known_name, "bio": known_bio, "links": checked_links(links)}
    await session.execute(update(users).where(users.c.id == viewer.user_id).values(**values))
    named = await session.execute(
        update(creators)
        .where(creators.c.user_id == viewer.user_id)
        .values(display_name=known_name, bio=known_bio)
        .returning(creators.c.id)
    )
    creator_id = named.scalar_one_or_none()
    if creator_id is not None:  # packs are found by the name of their creator
        await session.execute(select(func.pack_index(packs.c.id)).where(packs.c.creator_id == creator_id))


async def set_picture(session: AsyncSession, viewer: Viewer, *, key: str) -> None:
    """Set the viewer's picture, whose files are already in the store; an empty key removes it."""
    await session.execute(update(users).where(users.c.id == viewer.user_id).values(picture_key=key))


async def has_sampler_tags(session: AsyncSession, viewer: Viewer) -> bool:
    """Return whether the viewer's downloads include root note, tempo and key as sampler metadata."""
    chosen: bool = (
        await session.execute(select(users.c.has_sampler_tags).where(users.c.id == viewer.user_id))
    ).scalar_one()
    return chosen


async def set_sampler_tags(session: AsyncSession, viewer: Viewer, *, is_on: bool) -> None:
    """Set whether the viewer's downloads include root note, tempo and key as sampler metadata."""
    await session.execute(update(users).where(users.c.id == viewer.user_id).values(has_sampler_tags=is_on))


def checked_links(text: str) -> list[str]:
    """Parse links, one per line: https only, with a host and without credentials.

    Raises:
        InvalidInputError: one is invalid, or there are too many.
    """
    lines = [line.strip() for line in text[:10_000].splitlines() if line.strip()]
    if len(lines) > policy.MAX_PROFILE_LINKS:
        raise InvalidInputError(f"A profile can have up to {policy.MAX_PROFILE_LINKS} links.", field="links")
    return list(dict.fromkeys(_checked_link(line) for line in lines))


def link_label(link: str) -> str:
    """Return a link's display text: the URL without ``https://``, ``www.`` and a trailing slash."""
    return link.removeprefix("https://").removeprefix("www.").rstrip("/")


def _checked_link(line: str) -> str:
    if len(line) > policy.MAX_LINK_CHARACTERS:
        raise InvalidInputError(f"A link can have up to {policy.MAX_LINK_CHARACTERS} characters.", field="links")
    try:
        parts = urlsplit(line)
        has_host = bool(parts.hostname and "." in parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise InvalidInputError(_LINK, field="links") from error
    is_clean = line.isascii() and line.isprintable() and not any(sign in line for sign in " \"'<>\\`")
    if parts.scheme != "https" or not has_host or "@" in parts.netloc or not is_clean:
        raise InvalidInputError(_LINK, field="links")
    return line


def _checked_bio(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    if not all(is_plain(line) for line in lines):
        raise InvalidInputError("The text contains characters that cannot be shown.", field="bio")
    whole = "\n".join(lines)
    if len(whole) > policy.MAX_BIO_CHARACTERS:
        raise InvalidInputError(f"The text can have at most {policy.MAX_BIO_CHARACTERS:,} characters.", field="bio")
    return whole
