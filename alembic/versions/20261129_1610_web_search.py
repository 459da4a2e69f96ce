"""Web search: cached results, the use of each month, and the row that paces requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b3d81c5e7f40"
down_revision = "e81d5f3b9c64"
IS_CONTRACT = False
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "web_searches",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("results", postgresql.JSONB()),
        sa.Column("fault", sa.String(20)),
        sa.Column("hits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_web_searches")),
    )
    op.create_index("ix_web_searches_expires", "web_searches", ["expires_at"])
    op.create_table(
        "web_search_months",
        sa.Column("month", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in ("used", "cache_hits", "refused", "failed")),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_web_search_months")),
    )
    op.create_table(
        "web_search_gate",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("next_request_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("blocked_by", sa.String(20), server_default="", nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True)),
        sa.Column("faults", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_fault", sa.String(20), server_default="", nullable=False),
        sa.Column("last_ok_at", sa.DateTime(timezone=True)),
        sa.Column("windows", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_web_search_gate_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_search_gate")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in ("web_search_gate", "web_search_months", "web_searches"):
        op.drop_table(table)
