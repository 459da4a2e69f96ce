"""Sales that may still be refunded are found by pack and time, however many a creator had before."""

import sqlalchemy as sa
from alembic import op

from askchopper import sql

revision = "a86d2e40b715"
down_revision = "c93f61b8e2d7"
IS_CONTRACT = False
INSTALLED = {"pending_earnings": "f09e3a04e681"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    # Partial, so that no plan for who owns a pack considers it.
    op.create_index(
        "ix_purchases_sold", "purchases", ["pack_id", "created_at"], postgresql_where=sa.text("price_tokens > 0")
    )
    sql.install(op.get_bind(), INSTALLED)


def downgrade() -> None:
    """Keep the function, whose answer is the same."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_purchases_sold", table_name="purchases")
