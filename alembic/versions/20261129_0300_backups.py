"""Backups are recorded, so that an old one raises an alarm."""

import sqlalchemy as sa
from alembic import op

revision = "d5a1c7e8b204"
down_revision = "b7c40d21e9f3"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "backups",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_backups")),
    )
    op.execute("REVOKE INSERT, UPDATE, DELETE ON backups FROM askchopper_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("backups")
