"""Accounts can be deleted: when their grace ends, and when they were deleted."""

import sqlalchemy as sa
from alembic import op

from askchopper import sql

revision = "d1a4f7c30b52"
down_revision = "d5a1c7e8b204"
IS_CONTRACT = False
INSTALLED = {"account_pseudonymise": "81bd810d8863"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("users", sa.Column("delete_after", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_users_delete_after", "users", ["delete_after"],
        postgresql_where=sa.text("delete_after IS NOT NULL AND deleted_at IS NULL"),
    )
    sql.install(op.get_bind(), INSTALLED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP FUNCTION account_pseudonymise(uuid, text, text)")
    op.drop_index("ix_users_delete_after", "users")
    op.drop_column("users", "deleted_at")
    op.drop_column("users", "delete_after")
