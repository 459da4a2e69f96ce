"""Rewards: given ones, streaks, referrals; bonus tokens expire."""

import sqlalchemy as sa
from alembic import op

from askchopper import sql

revision = "e81d5f3b9c64"
down_revision = "c4e19b7a20d3"
IS_CONTRACT = False
INSTALLED = {"ledger_take_bonus": "c0659a165eeb"}
_REASONS = (
    "'top_up', 'grant', 'purchase', 'refund', 'top_up_reversal', 'debt_payment', 'payout_request', 'payout', 'payout_refusal'"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _allow(f"{_REASONS}, 'bonus_expiry'")
    op.create_table(
        "badge_totals",
        sa.Column("badge", sa.String(length=40), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("badge", name=op.f("pk_badge_totals")),
    )
    op.create_table(
        "referrals",
        sa.Column("friend_id", sa.Uuid(), nullable=False),
        sa.Column("referrer_id", sa.Uuid(), nullable=False),
        sa.Column("suspicion", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("rewarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("friend_id <> referrer_id", name=op.f("ck_referrals_not_oneself")),
        sa.ForeignKeyConstraint(["friend_id"], ["users.id"], name=op.f("fk_referrals_friend_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["referrer_id"], ["users.id"], name=op.f("fk_referrals_referrer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("friend_id", name=op.f("pk_referrals")),
    )
    op.create_index(op.f("ix_referrals_referrer_id"), "referrals", ["referrer_id"])
    op.create_index(
        "ix_referrals_waiting", "referrals", ["created_at"], postgresql_where=sa.text("rewarded_at IS NULL")
    )
    op.create_table(
        "reward_profiles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("longest_streak", sa.Integer(), nullable=False),
        sa.Column("grace_day", sa.Date(), nullable=True),
        sa.Column("network_hash", sa.String(length=64), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reward_profiles_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_reward_profiles")),
        sa.UniqueConstraint("code", name=op.f("uq_reward_profiles_code")),
    )
    op.create_table(
        "rewards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('daily', 'badge', 'referral', 'challenge')", name=op.f("ck_rewards_kind")),
        sa.CheckConstraint("state IN ('given', 'held', 'refused')", name=op.f("ck_rewards_state")),
        sa.CheckConstraint("tokens >= 0", name=op.f("ck_rewards_tokens")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_rewards_decided_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_rewards_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rewards")),
    )
    op.create_index("ix_rewards_decided_by", "rewards", ["decided_by"])
    op.create_index("ix_rewards_held", "rewards", ["created_at"], postgresql_where=sa.text("state = 'held'"))
    op.create_index("ix_rewards_kind_time", "rewards", ["kind", "created_at"])
    op.create_index("uq_rewards_source", "rewards", ["user_id", "kind", "source"], unique=True)
    sql.install(op.get_bind(), INSTALLED)


def _allow(reasons: str) -> None:
    """Change the check of reasons; rows that it accepted are valid, so they are not read."""
    op.drop_constraint(op.f("ck_ledger_transactions_reason"), "ledger_transactions")
    op.execute(f"ALTER TABLE ledger_transactions ADD CONSTRAINT ck_ledger_transactions_reason CHECK (reason IN ({reasons})) NOT VALID")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP FUNCTION ledger_take_bonus(uuid, uuid, text, text, integer)")
    _allow(_REASONS)
    op.drop_table("rewards")
    op.drop_table("reward_profiles")
    op.drop_table("referrals")
    op.drop_table("badge_totals")
