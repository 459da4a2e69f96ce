"""Targets of likes, collections and follows: packs and sounds on sale, named by slug or id."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database_statements import prepared
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.models.catalogue import audio_files, creators, packs
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.schemas.identifiers import printable_slug, require_id
from askchopper.services.catalogue import cards

NOT_ON_SALE = "This is not on sale any more."


@dataclass(frozen=True)
class Target:
    """A pack or, with ``file_id``, one of its sounds; ``seller_id`` is the user that sells it."""

    pack_id: uuid.UUID
    file_id: uuid.UUID | None
    seller_id: uuid.UUID
    title: str
    slug: str


async def find(
    session: AsyncSession, *, pack: str | None = None, file: str | None = None, must_be_on_sale: bool = True
) -> Target:
    """Return a pack by its slug, or a sound by its id.

    Raises:
        InvalidInputError: not exactly one is named.
        NotFoundError: it does not exist or, with ``must_be_on_sale``, is not on sale.
    """
    if (pack is None) == (file is None):
        raise InvalidInputError("Specify one pack or one sound.", field="pack")
    common = (packs.c.id.label("pack_id"), packs.c.slug, creators.c.user_id.label("seller_id"))
    on_sale: list[ColumnElement[bool]] = []
    if must_be_on_sale:
        on_sale = [cards.IS_PUBLISHED] if file is None else [cards.IS_PUBLISHED, audio_files.c.retired_at.is_(None)]
    if file is None:
        statement: Any = (
            select(*common, packs.c.title)
            .select_from(packs.join(creators, creators.c.id == packs.c.creator_id))
            .where(packs.c.slug == printable_slug(pack or ""), *on_sale)
        )
    else:
        statement = (
            select(*common, audio_files.c.title)
            .select_from(cards.FILES)
            .where(audio_files.c.id == require_id(file, NOT_ON_SALE), *on_sale)
        )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFoundError(NOT_ON_SALE)
    file_id = None if file is None else require_id(file, NOT_ON_SALE)
    return Target(row.pack_id, file_id, row.seller_id, row.title, row.slug)


async def load_packs(session: AsyncSession, viewer: Viewer | None, ids: set[uuid.UUID]) -> dict[uuid.UUID, PackCard]:
    """Return the packs on sale with these ids, with the viewer's ownership and likes, by id."""
    if not ids:
        return {}
    rows = await session.execute(
        prepared(cards.select_packs(viewer).where(cards.is_wanted(packs.c.id), cards.IS_PUBLISHED)),
        {"wanted": list(ids)},
    )
    return {row.id: cards.pack_card(row) for row in rows}


async def load_files(session: AsyncSession, viewer: Viewer | None, ids: set[uuid.UUID]) -> dict[uuid.UUID, FileRow]:
    """Return the sounds on sale with these ids, with the viewer's ownership and likes, by id."""
    if not ids:
        return {}
    statement = prepared(
        cards.select_files(viewer).where(
            cards.is_wanted(audio_files.c.id), audio_files.c.retired_at.is_(None), cards.IS_PUBLISHED
        )
    )
    return {row.id: cards.file_row(row) for row in await session.execute(statement, {"wanted": list(ids)})}
