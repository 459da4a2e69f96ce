"""Deletes rows that belong to a member. The condition for owning a sound is ``owns_file`` in ``services.catalogue.cards``."""

from sqlalchemy import Table, delete
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import require_id


async def delete_own(session: AsyncSession, table: Table, viewer: Viewer, *, row_id: object, missing: str) -> None:
    """Delete one of the viewer's rows of a table with ``id`` and ``user_id``.

    Raises:
        NotFoundError: the viewer has no such row; ``missing`` is the message.
    """
    own = (table.c.id == require_id(row_id, missing), table.c.user_id == viewer.user_id)
    deleted = await session.execute(delete(table).where(*own).returning(table.c.id))
    if deleted.first() is None:
        raise NotFoundError(missing)
