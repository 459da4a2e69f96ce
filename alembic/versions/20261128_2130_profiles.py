"""Profiles: a picture, a text and links."""

import sqlalchemy as sa
from alembic import op

revision = "c8e52f6a1d37"
down_revision = "b4a7c1d90e62"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("users", sa.Column("picture_key", sa.String(100), server_default="", nullable=False))
    op.add_column("users", sa.Column("bio", sa.String(1000), server_default="", nullable=False))
    op.add_column("users", sa.Column("links", sa.ARRAY(sa.String(200)), server_default="{}", nullable=False))
    op.create_check_constraint(op.f("ck_users_few_links"), "users", "cardinality(links) <= 5")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_constraint(op.f("ck_users_few_links"), "users")
    for name in ("links", "bio", "picture_key"):
        op.drop_column("users", name)
