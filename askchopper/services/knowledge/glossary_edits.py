"""Glossary terms edited by administrators: they replace or extend the built-in ones. Every process applies edits within seconds."""

import asyncio

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy
from askchopper.errors import AskChopperError, InvalidInputError
from askchopper.models.administration import glossary_edits
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.glossary import GlossaryEntry
from askchopper.schemas.text import clean_line
from askchopper.services import audit
from askchopper.services.knowledge import glossary

WATCH_SECONDS = 5.0
# Serialises edits: two concurrent ones could be valid only without each other, and ``watch`` compares the number and the latest time.
_IN_TURN = text("SELECT pg_advisory_xact_lock(hashtext('glossary.edits'))")
_CHANGED = select(func.count(), func.max(glossary_edits.c.changed_at))


async def watch() -> None:
    """Poll for edits saved by any process and apply them here, until cancelled."""
    seen: object = None
    while True:
        try:
            async with database.read_only() as session:
                now = (await session.execute(_CHANGED)).one()
            if now != seen:
                await read()
                seen = now
        except (AskChopperError, DBAPIError, ValueError) as error:
            log.warning("glossary.not_read", error=type(error).__name__)
        await asyncio.sleep(WATCH_SECONDS)


async def read() -> None:
    """Load the saved edits and apply them in this process, except those that conflict with built-in terms."""
    async with database.read_only() as session:
        written = await _written(session)
    fitting: list[GlossaryEntry] = []
    for entry in written:
        try:
            glossary.compose((*fitting, entry))
        except ValueError as error:  # a later release ships a term of that name
            log.warning("glossary.edit_left_out", term=entry.slug, reason=str(error))
        else:
            fitting.append(entry)
    glossary.use(fitting)


async def listed(session: AsyncSession, viewer: Viewer | None) -> tuple[GlossaryEntry, ...]:
    """Return the edited terms, sorted by slug.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    audit.require_admin(viewer)
    return await _written(session)


async def save(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    term: str,
    kind: str,
    written: str,
    aliases: str,
    related: str,
) -> GlossaryEntry:
    """Create or update an edited term; it overrides a built-in term with the same name.

    Args:
        session: a transaction.
        viewer: an administrator.
        term: the term, spelled as within a sentence.
        kind: topic, one of ``glossary.KINDS``.
        written: the definition, as plain text.
        aliases: other names, comma-separated.
        related: names or aliases of other terms, comma-separated.

    Raises:
        NotFoundError: the viewer is not an administrator.
        InvalidInputError: a field is invalid, or a name already means another term.
    """
    admin = audit.require_admin(viewer)
    name = clean_line(term, label="The term", field="term", max_length=policy.MAX_TERM_CHARACTERS)
    if kind not in glossary.KINDS:
        raise InvalidInputError("Choose a topic.", field="kind")
    words = clean_line(
        " ".join(written.split()), label="The text", field="text", max_length=policy.MAX_TERM_TEXT_CHARACTERS, min_length=policy.MIN_TERM_TEXT_CHARACTERS
    )  # fmt: skip
    entry = GlossaryEntry(
        term=name, aliases=_names(aliases, "aliases"), kind=kind, text=words, related=_related(_names(related, "related")),
        slug=glossary.slug_of(name),
    )  # fmt: skip
    if not 0 < len(entry.slug) <= policy.MAX_TERM_CHARACTERS:
        raise InvalidInputError("A term has letters from A to Z or digits.", field="term")
    await session.execute(_IN_TURN)
    others = tuple(other for other in await _written(session) if other.slug != entry.slug)
    _check((*others, entry))
    before = next((one for one in glossary.all_entries() if one.slug == entry.slug), None)
    values = {"slug": entry.slug, **_fields(entry)}
    made = upsert(glossary_edits).values(**values)
    await session.execute(
        made.on_conflict_do_update(
            index_elements=["slug"], set_={**_fields(entry), "changed_at": func.clock_timestamp()}
        )
    )
    await audit.record(
        session, admin, action="site.term_saved", target="term", target_id=entry.slug, before=_fields(before) if before else {}, after=_fields(entry)
    )  # fmt: skip
    return entry


async def revert(session: AsyncSession, viewer: Viewer | None, *, slug: str) -> None:
    """Delete an edit: a built-in term gets its original text back, an added term is removed. Idempotent.

    Raises:
        NotFoundError: the viewer is not an administrator.
        InvalidInputError: other edited terms refer to it, or use a name that the built-in term would get back.
    """
    admin = audit.require_admin(viewer)
    await session.execute(_IN_TURN)
    written = await _written(session)
    gone = next((one for one in written if one.slug == slug), None)
    if gone is None:
        return
    _check(tuple(one for one in written if one is not gone))
    await session.execute(delete(glossary_edits).where(glossary_edits.c.slug == slug))
    await audit.record(session, admin, action="site.term_reverted", target="term", target_id=slug, before=_fields(gone))


async def _written(session: AsyncSession) -> tuple[GlossaryEntry, ...]:
    rows = await session.execute(select(glossary_edits).order_by(glossary_edits.c.slug))
    return tuple(
        GlossaryEntry(
            term=row.term, aliases=tuple(row.aliases), kind=row.kind, text=row.text, related=tuple(row.related), slug=row.slug
        )
        for row in rows
    )  # fmt: skip


def _fields(entry: GlossaryEntry) -> dict[str, object]:
    return {
        "term": entry.term, "kind": entry.kind, "text": entry.text, "aliases": list(entry.aliases), "related": list(entry.related),
    }  # fmt: skip


def _names(given: str, field: str) -> tuple[str, ...]:
    names = [name.strip() for name in given.split(",") if name.strip()][: policy.MAX_TERM_NAMES + 1]
    if len(names) > policy.MAX_TERM_NAMES:
        raise InvalidInputError(f"Give at most {policy.MAX_TERM_NAMES} names.", field=field)
    return tuple(
        dict.fromkeys(
            clean_line(name, label="A name", field=field, max_length=policy.MAX_TERM_CHARACTERS) for name in names
        )
    )


def _related(names: tuple[str, ...]) -> tuple[str, ...]:
    found = {name: glossary.get(name) for name in names}
    unknown = [name for name, entry in found.items() if entry is None]
    if unknown:
        raise InvalidInputError(f"There is no term “{unknown[0]}”.", field="related")
    return tuple(dict.fromkeys(entry.term for entry in found.values() if entry))


def _check(written: tuple[GlossaryEntry, ...]) -> None:
    try:
        glossary.compose(written)
    except ValueError as error:
        raise InvalidInputError(str(error).removeprefix("Glossary: "), field="term") from error
