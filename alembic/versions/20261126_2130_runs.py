"""How often the writing of an answer was begun or ended, so that of two writers only the last one keeps anything."""

import sqlalchemy as sa
from alembic import op

revision = "3f60c8d97ab2"
down_revision = "7be9d2a4106f"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("messages", sa.Column("run", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("messages", "run")
