"""A stop request of an answer gets a column of its own instead of a text in ``problem``."""

import sqlalchemy as sa
from alembic import op

revision = "c41d0b7e5a29"
down_revision = "3f60c8d97ab2"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("messages", sa.Column("stop_requested_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("messages", "stop_requested_at")
