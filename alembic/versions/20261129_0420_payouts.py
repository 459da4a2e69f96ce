"""Payouts of creators' earnings."""

import sqlalchemy as sa
from alembic import op

from askchopper import sql

revision = "d91b4e7c2a60"
down_revision = "c3e8a15f7d02"
IS_CONTRACT = False
INSTALLED = {
    "payout_available": "c0120b6f619b",
    "payout_request": "db3cb8fc741e",
    "payout_settle": "bcd04646b3fc",
    "pending_earnings": "c05dc24f672d",
}
_ADDED = (
    "payout_settle(uuid, uuid, boolean, text)",
    "payout_request(uuid, uuid, uuid, integer, integer, text, text, integer, integer)",
    "payout_available(uuid, integer)",
    "pending_earnings(uuid, integer)",
)
_REASONS = "'top_up', 'grant', 'purchase', 'refund', 'top_up_reversal', 'debt_payment'"
_KINDS = "'spendable', 'bonus', 'earnings', 'bonus_earnings', 'debt', 'issuance', 'bonus_issuance', 'fees'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _allow("ledger_transactions", "reason", f"{_REASONS}, 'payout_request', 'payout', 'payout_refusal'")
    _allow("ledger_accounts", "kind", f"{_KINDS}, 'payouts_due', 'payouts'")
    op.execute("INSERT INTO ledger_accounts (user_id, kind) VALUES (NULL, 'payouts_due'), (NULL, 'payouts') ON CONFLICT DO NOTHING")
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("destination", sa.String(200), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("status IN ('requested', 'paid', 'refused')", name=op.f("ck_payouts_status")),
        sa.CheckConstraint("tokens > 0 AND cents >= 0", name=op.f("ck_payouts_amounts")),
        sa.CheckConstraint("(status = 'requested') = (settled_at IS NULL)", name=op.f("ck_payouts_settled_has_time")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payouts_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
    )
    op.create_index("uq_payouts_open", "payouts", ["user_id"], unique=True, postgresql_where=sa.text("status = 'requested'"))
    op.create_index("ix_payouts_user_requested", "payouts", ["user_id", sa.text("requested_at DESC")])
    op.execute("REVOKE INSERT, UPDATE, DELETE ON payouts FROM askchopper_app")
    sql.install(op.get_bind(), INSTALLED)


def _allow(table: str, column: str, values: str) -> None:
    """Widen a check; rows that the narrower one accepted are valid, so they are not read."""
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table)
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({values})) NOT VALID")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for function in _ADDED:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("payouts")
    # The accounts stay if anything was booked on them; the check then applies to new ones.
    op.execute("DELETE FROM ledger_accounts a WHERE kind IN ('payouts_due', 'payouts') AND user_id IS NULL"
               " AND NOT EXISTS (SELECT FROM ledger_entries WHERE account_id = a.id)")
    _allow("ledger_accounts", "kind", _KINDS)
    _allow("ledger_transactions", "reason", _REASONS)
