"""Sounds whose stored file is damaged are marked, so that no buyer gets a broken file."""

import sqlalchemy as sa
from alembic import op

revision = "a9d3e6c17f25"
down_revision = "f2a8c4d69b17"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("audio_files", sa.Column("damaged_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("audio_files", "damaged_at")
