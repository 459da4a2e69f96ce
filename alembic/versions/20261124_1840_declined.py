"""Proposals that were put aside, in a column of their own: the parts of a running answer belong to its writer."""

import sqlalchemy as sa
from alembic import op

revision = "7be9d2a4106f"
down_revision = "5c1e7f20b964"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "messages", sa.Column("declined", sa.ARRAY(sa.String(length=130)), server_default=sa.text("'{}'"), nullable=False)
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("messages", "declined")
