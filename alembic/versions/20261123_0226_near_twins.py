"""Near twins: sounds of the same kind and length are found by an index."""

from alembic import op

revision = "c58e2f7a9d10"
down_revision = "c3f7b1d28a64"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_index("ix_analyses_alike", "analyses", ["kind", "duration_seconds"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_analyses_alike", table_name="analyses")
