"""Sums of whole weeks by value, so that a page of figures reads a few of them in place of each day."""

import sqlalchemy as sa
from alembic import op

revision = "f5c82a1d7b46"
down_revision = "e4b7190d6c52"
IS_CONTRACT = False
_COUNTS = ("shown", "opened", "played", "liked", "collected", "bought", "downloaded", "refunded", "completed")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "weekly_breakdowns",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("dimension", sa.String(10), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("value", sa.String(60), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in _COUNTS),
        sa.Column("seconds", sa.Float(), server_default="0", nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("gross_tokens", "fee_tokens", "refunded_tokens")
        ),
        sa.CheckConstraint(
            "dimension IN ('country', 'device', 'source', 'term', 'campaign', 'price')",
            name=op.f("ck_weekly_breakdowns_dimension"),
        ),
        sa.PrimaryKeyConstraint("subject_id", "dimension", "week", "value", name=op.f("pk_weekly_breakdowns")),
    )
    op.create_index("ix_weekly_breakdowns_week", "weekly_breakdowns", ["week"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("weekly_breakdowns")
