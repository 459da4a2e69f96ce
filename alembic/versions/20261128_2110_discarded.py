"""Discarded drafts can be restored for a while."""

import sqlalchemy as sa
from alembic import op

revision = "b4a7c1d90e62"
down_revision = "7d2f9b3c1e84"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("drafts", sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True))
    where = sa.text("discarded_at IS NOT NULL")
    op.create_index("ix_drafts_discarded", "drafts", ["discarded_at"], postgresql_where=where)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM drafts WHERE discarded_at IS NOT NULL")
    op.drop_index("ix_drafts_discarded", table_name="drafts")
    op.drop_column("drafts", "discarded_at")
