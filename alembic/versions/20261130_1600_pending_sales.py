"""Sales that may still be refunded are found by pack and time, however many a creator had before."""

from alembic import op

from askchopper import sql

revision = "a86d2e40b715"
down_revision = "c2d94e1b7f60"
IS_CONTRACT = False
INSTALLED = {"pending_earnings": "1b15504ded8e"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_index("ix_purchases_pack_time", "purchases", ["pack_id", "created_at"])
    sql.install(op.get_bind(), INSTALLED)


def downgrade() -> None:
    """Keep the function, whose answer is the same."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_purchases_pack_time", table_name="purchases")
