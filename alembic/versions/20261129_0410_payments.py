"""Orders of tokens and the events of their payments; reversals of top-ups, and debts."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from askchopper import sql

revision = "c3e8a15f7d02"
down_revision = "c6f9ecd85ea7"
IS_CONTRACT = False
_BEFORE = Path(__file__).parent.parent / "sql" / "20261129_payments_before.sql"
INSTALLED = {
    "ledger_credit": "a0a6f4234208",
    "ledger_post": "9bd17594a497",
    "ledger_reverse": "391e6d9251dd",
    "ledger_settle_debt": "3e3651d9d668",
    "purchase_buy": "aa4897d2e9ca",
    "purchase_refund": "248d6a7c20a5",
}
_ADDED = ("ledger_reverse(uuid, uuid, text, text, integer)", "ledger_settle_debt(uuid)")
_REASONS = "'top_up', 'grant', 'purchase', 'refund'"
_KINDS = "'spendable', 'bonus', 'earnings', 'bonus_earnings', 'issuance', 'bonus_issuance', 'fees'"
_STATUSES = "'open', 'processing', 'expired', 'failed', 'paid', 'partly_refunded', 'refunded', 'disputed'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("wallets", sa.Column("debt_tokens", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_wallets_debt_not_negative"), "wallets", "debt_tokens >= 0")
    _allow("ledger_transactions", "reason", f"{_REASONS}, 'top_up_reversal', 'debt_payment'")
    _allow("ledger_accounts", "kind", f"{_KINDS}, 'debt'")
    _create_orders()
    _create_events()
    sql.install(op.get_bind(), INSTALLED)


def _allow(table: str, column: str, values: str) -> None:
    """Widen a check; rows that the narrower one accepted are valid, so they are not read."""
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table)
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({values})) NOT VALID")


def _create_orders() -> None:
    op.create_table(
        "token_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(100), nullable=False),
        sa.Column("item_ref", sa.String(130), nullable=False),
        sa.Column("licence_kind", sa.String(20), nullable=False),
        sa.Column("price_tokens", sa.Integer(), nullable=False),
        sa.Column("checkout_url", sa.String(2_000), nullable=False),
        sa.Column("session_id", sa.String(255)),
        sa.Column("payment_intent_id", sa.String(255)),
        sa.Column("charged_cents", sa.Integer(), nullable=False),
        sa.Column("refunded_cents", sa.Integer(), nullable=False),
        sa.Column("dispute_status", sa.String(), nullable=False),
        sa.Column("disputed_cents", sa.Integer(), nullable=False),
        sa.Column("reversed_tokens", sa.Integer(), nullable=False),
        sa.Column("adjustments", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(f"status IN ({_STATUSES})", name=op.f("ck_token_orders_status")),
        sa.CheckConstraint("dispute_status IN ('none', 'open', 'won', 'lost')", name=op.f("ck_token_orders_dispute_status")),
        sa.CheckConstraint("tokens > 0 AND cents > 0", name=op.f("ck_token_orders_amounts")),
        sa.CheckConstraint("reversed_tokens BETWEEN 0 AND tokens", name=op.f("ck_token_orders_reversed")),
        sa.CheckConstraint(
            "charged_cents >= 0 AND refunded_cents >= 0 AND disputed_cents >= 0", name=op.f("ck_token_orders_cents")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_token_orders_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_orders")),
        sa.UniqueConstraint("user_id", "idempotency_key", name=op.f("uq_token_orders_user_id_idempotency_key")),
        sa.UniqueConstraint("session_id", name=op.f("uq_token_orders_session_id")),
        sa.UniqueConstraint("payment_intent_id", name=op.f("uq_token_orders_payment_intent_id")),
    )
    op.create_index("ix_token_orders_user_created", "token_orders", ["user_id", sa.text("created_at DESC")])


def _create_events() -> None:
    op.create_table(
        "payment_events",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("payment_intent_id", sa.String(255)),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["token_orders.id"], name=op.f("fk_payment_events_order_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_events")),
    )
    op.create_index(op.f("ix_payment_events_order_id"), "payment_events", ["order_id"])
    op.create_index(op.f("ix_payment_events_payment_intent_id"), "payment_events", ["payment_intent_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for before in (_BEFORE, _BEFORE.with_name("20261129_ledger_before.sql")):
        op.get_bind().exec_driver_sql(before.read_text().replace("%", "%%"))
    for function in _ADDED:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("payment_events")
    op.drop_table("token_orders")
    _allow("ledger_accounts", "kind", _KINDS)
    _allow("ledger_transactions", "reason", _REASONS)
    op.drop_constraint(op.f("ck_wallets_debt_not_negative"), "wallets")
    op.drop_column("wallets", "debt_tokens")
