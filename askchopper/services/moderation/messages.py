"""Messages on queue items, to the affected member or as internal notes, and message templates."""

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, InvalidInputError
from askchopper.models.accounts import users
from askchopper.models.base import new_id
from askchopper.models.moderation import moderation_messages, moderation_templates
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import parse_id
from askchopper.schemas.moderation import ItemMessage, Template
from askchopper.schemas.text import clean_line, paragraphs
from askchopper.services import activity, audit, limits
from askchopper.services.moderation import queue

FORMER = "A former moderator"
MAX_MESSAGES = 50
_FIELD = "text"


async def send(session: AsyncSession, viewer: Viewer | None, *, item: str, written: str, is_private: bool) -> None:
    """Send a message about an item to the affected member, or add a note that only moderators see.

    Raises:
        NotFoundError: the viewer is not a moderator, or the item is no longer waiting.
        InvalidInputError: the text is empty or too long, or the item concerns no member to send it to.
        RateLimitedError: the viewer sent too many messages.

    Emits: a notification with the start of the text, unless it is private.
    """
    found = await queue.find(session, viewer, item=item)
    assert viewer is not None  # noqa: S101 - checked by find
    words = paragraphs(written, label="The message", field=_FIELD, max_length=policy.MAX_MODERATION_CHARACTERS)
    if not words:
        raise InvalidInputError("Write the message first.", field=_FIELD)
    recipient = None if is_private else parse_id(found.owner_id)
    if not is_private and recipient is None:
        raise InvalidInputError("This item concerns no member. Write a note for moderators instead.", field=_FIELD)
    await limits.hit((limits.MODERATION_MESSAGE, str(viewer.user_id)))
    row = {
        "id": new_id(), "item": found.item, "author_id": viewer.user_id, "recipient_id": recipient, "text": words, "is_private": is_private,
    }  # fmt: skip
    await session.execute(insert(moderation_messages).values(row))
    if recipient is not None:
        sentence = f"A moderator writes about {found.title}: {words}"
        await activity.notify(session, user_id=recipient, kind="moderation", sentence=sentence[:300])


async def about(session: AsyncSession, viewer: Viewer | None, *, item: str) -> tuple[ItemMessage, ...]:
    """List the latest ``MAX_MESSAGES`` messages about an item, oldest first, also those from before an earlier decision.

    Raises:
        NotFoundError: the viewer is not a moderator.
    """
    audit.require_moderator(viewer)
    rows = await session.execute(
        select(moderation_messages, users.c.display_name)
        .select_from(moderation_messages.outerjoin(users, users.c.id == moderation_messages.c.author_id))
        .where(moderation_messages.c.item == item[: queue.MAX_ITEM].replace("\0", ""))
        .order_by(moderation_messages.c.id.desc())
        .limit(MAX_MESSAGES)
    )
    found = [
        ItemMessage(str(row.id), row.display_name or FORMER, row.text, row.is_private, row.created_at) for row in rows
    ]
    return tuple(reversed(found))


async def templates(session: AsyncSession, viewer: Viewer | None) -> tuple[Template, ...]:
    """List the templates by title.

    Raises:
        NotFoundError: the viewer is not a moderator.
    """
    audit.require_moderator(viewer)
    rows = await session.execute(
        select(moderation_templates).order_by(moderation_templates.c.title).limit(policy.MAX_TEMPLATES)
    )
    return tuple(Template(str(row.id), row.title, row.text) for row in rows)


def fill(template: Template, title: str) -> str:
    """Return a template's text with ``{title}`` replaced by the item's title, cut to the allowed length of a message."""
    return template.text.replace("{title}", title)[: policy.MAX_MODERATION_CHARACTERS]


async def save_template(session: AsyncSession, viewer: Viewer | None, *, title: str, written: str) -> None:
    """Create a template, or update the one with this title.

    Raises:
        NotFoundError: the viewer is not an administrator.
        InvalidInputError: title or text is empty or too long.
        ConflictError: there are ``policy.MAX_TEMPLATES`` already.
    """
    admin = audit.require_admin(viewer)
    name = clean_line(title, label="The title", field="title", max_length=60)
    words = paragraphs(written, label="The text", field=_FIELD, max_length=policy.MAX_MODERATION_CHARACTERS)
    if not words:
        raise InvalidInputError("Write the text first.", field=_FIELD)
    await session.execute(text("LOCK TABLE moderation_templates IN SHARE ROW EXCLUSIVE MODE"))
    known = await session.execute(select(moderation_templates.c.text).where(moderation_templates.c.title == name))
    before = known.scalar_one_or_none()
    total = (await session.execute(select(func.count()).select_from(moderation_templates))).scalar_one()
    if before is None and total >= policy.MAX_TEMPLATES:
        raise ConflictError(f"There can be {policy.MAX_TEMPLATES} templates. Delete one first.")
    made = upsert(moderation_templates).values(id=new_id(), title=name, text=words)
    await session.execute(made.on_conflict_do_update(index_elements=["title"], set_={"text": words}))
    await audit.record(
        session, admin, action="moderation.template", target="template", target_id=name, before={"text": before}, after={"text": words}
    )  # fmt: skip


async def delete_template(session: AsyncSession, viewer: Viewer | None, *, template_id: str) -> None:
    """Delete a template. Idempotent.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    admin = audit.require_admin(viewer)
    gone = await session.execute(
        delete(moderation_templates)
        .where(moderation_templates.c.id == parse_id(template_id))
        .returning(moderation_templates.c.title, moderation_templates.c.text)
    )
    row = gone.one_or_none()
    if row is not None:
        await audit.record(
            session,
            admin,
            action="moderation.template",
            target="template",
            target_id=row.title,
            before={"text": row.text},
        )
