"""Undoes an import, unless imported tokens, accounts or packs have since been used to buy, sell or publish something."""

import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import transaction
from askchopper.errors import ConflictError, NotFoundError
from askchopper.integrations.blob_store import store
from askchopper.observability import log
from askchopper.services import wallet

_UNKNOWN = "There is no such import, or it was undone already."
_USED = (
    "Something has been bought, sold or published with this import since, so it cannot be undone. Nothing was changed."
)
_ROWS = "SELECT target_id FROM legacy_rows WHERE import_id = :id AND source_table = '{table}'"
_IS_USED = text(f"""
    SELECT EXISTS (SELECT FROM purchases WHERE buyer_id IN ({_ROWS.format(table="users")} AND is_new)
            OR (buyer_id IN ({_ROWS.format(table="user_tokens")}) AND created_at >= :since))
        OR EXISTS (SELECT FROM packs WHERE id IN ({_ROWS.format(table="audio_packs")}))
        OR EXISTS (SELECT FROM token_orders WHERE user_id IN ({_ROWS.format(table="users")} AND is_new))
""")
_CREDITED = text("""
    SELECT t.wallet_user_id AS owner, w.spendable_tokens, e.amount_tokens AS tokens
    FROM ledger_transactions t JOIN wallets w ON w.user_id = t.wallet_user_id
    JOIN ledger_entries e ON e.transaction_id = t.id JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'spendable'
    WHERE t.idempotency_key LIKE 'grant\\:legacy.' || :import || '.%'
""")
# ruff: noqa: S608 - the statements are made of constants
# The user rows stay, since the ledger references them, but without personal data.
_CLEAN_UP = (
    f"DELETE FROM conversations WHERE id IN (SELECT conversation_id FROM messages WHERE id IN ({_ROWS.format(table='chat_messages')}))",
    f"DELETE FROM documents WHERE id IN ({_ROWS.format(table='documents')})",
    f"DELETE FROM drafts WHERE id IN ({_ROWS.format(table='audio_packs')})",
    "DELETE FROM activity WHERE kind LIKE 'legacy.%' AND facts->>'import' = CAST(:id AS text)",
    f"DELETE FROM user_feedback WHERE id IN ({_ROWS.format(table='feedback')})",
    f"DELETE FROM sessions WHERE user_id IN ({_ROWS.format(table='users')} AND is_new)",
    f"DELETE FROM personal_tokens WHERE user_id IN ({_ROWS.format(table='users')} AND is_new)",
    "UPDATE users SET email = 'undone-' || id || '@invalid.invalid', display_name = 'Undone import', bio = '',"
    f" password_hash = NULL, disabled_at = now() WHERE id IN ({_ROWS.format(table='users')} AND is_new)",
    "DELETE FROM legacy_rows WHERE import_id = :id",
    "UPDATE legacy_imports SET undone_at = now() WHERE id = :id",
)


async def undo(import_id: uuid.UUID) -> int:
    """Undo an import in one transaction; files are deleted afterwards.

    Returns:
        The number of rows removed.

    Raises:
        NotFoundError: there is no such import.
        ConflictError: something has been bought, sold or published with it.
    """
    async with transaction(timeout_seconds=None) as session:
        statement = text("SELECT created_at FROM legacy_imports WHERE id = :id AND undone_at IS NULL FOR UPDATE")
        found = (await session.execute(statement, {"id": import_id})).one_or_none()
        if found is None:
            raise NotFoundError(_UNKNOWN)
        if (await session.execute(_IS_USED, {"id": import_id, "since": found.created_at})).scalar_one():
            raise ConflictError(_USED)
        await _take_tokens(session, import_id)
        keys = await _files(session, import_id)
        count = text("SELECT count(*) FROM legacy_rows WHERE import_id = :id")
        rows: int = (await session.execute(count, {"id": import_id})).scalar_one()
        for statement_text in _CLEAN_UP:
            await session.execute(text(statement_text), {"id": import_id})
    for key in keys:
        await store().delete(key)
    log.info("legacy_import.undone", import_id=str(import_id), rows=rows)
    return rows


async def _take_tokens(session: AsyncSession, import_id: uuid.UUID) -> None:
    for row in (await session.execute(_CREDITED, {"import": str(import_id)})).all():
        if row.spendable_tokens < row.tokens:
            raise ConflictError(_USED)
        await wallet.reverse_payment(
            session, user_id=row.owner, tokens=row.tokens, key=f"legacy.{import_id}", memo="Import undone"
        )


async def _files(session: AsyncSession, import_id: uuid.UUID) -> list[str]:
    statement = text(f"""
        SELECT store_key FROM draft_files WHERE id IN ({_ROWS.format(table="audio_files")})
        UNION SELECT store_key FROM documents WHERE id IN ({_ROWS.format(table="documents")})
    """)
    return list((await session.execute(statement, {"id": import_id})).scalars())
