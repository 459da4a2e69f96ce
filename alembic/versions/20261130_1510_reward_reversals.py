"""Rewards are taken back when the payment behind them is refunded or disputed."""

import sqlalchemy as sa
from alembic import op

from askchopper import sql

revision = "a7c2e95d4b16"
down_revision = "c2d94e1b7f60"
IS_CONTRACT = False
INSTALLED = {"ledger_reverse_bonus": "5921d061d6e8"}
_REASONS = (
    "'top_up', 'grant', 'purchase', 'refund', 'top_up_reversal', 'debt_payment', 'bonus_expiry', 'payout_request', 'payout', 'payout_refusal'"
)
_STATES = "'given', 'held', 'refused'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _allow("ledger_transactions", "reason", f"{_REASONS}, 'bonus_reversal'")
    _allow("rewards", "state", f"{_STATES}, 'taken_back'")
    for column in ("reversals", "reversed_tokens"):
        op.add_column("rewards", sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_rewards_taken_back", "rewards", ["user_id"], postgresql_where=sa.text("state = 'taken_back'"))
    op.create_index("ix_wallets_debt", "wallets", ["user_id"], postgresql_where=sa.text("debt_tokens > 0"))
    sql.install(op.get_bind(), INSTALLED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP FUNCTION ledger_reverse_bonus(uuid, uuid, text, text, integer)")
    op.drop_index("ix_wallets_debt", "wallets")
    op.drop_index("ix_rewards_taken_back", "rewards")
    # The ledger is append-only, so its reversals stay, and the narrower check is only for new rows.
    op.execute("UPDATE rewards SET state = 'refused' WHERE state = 'taken_back'")
    for column in ("reversed_tokens", "reversals"):
        op.drop_column("rewards", column)
    _allow("rewards", "state", _STATES)
    _allow("ledger_transactions", "reason", _REASONS)


def _allow(table: str, column: str, values: str) -> None:
    """Change the check of a column; rows that it accepted are valid, so they are not read."""
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table)
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({values})) NOT VALID")
