"""Creator pages: a banner, featured packs, and earlier addresses that lead to the present one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "f26c91d80a57"
down_revision = "e07f5b29c3d4"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("creators", sa.Column("banner_key", sa.String(100), server_default="", nullable=False))
    op.add_column("creators", sa.Column("featured", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False))
    op.create_table(
        "creator_slugs",
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("creator_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.id"], name=op.f("fk_creator_slugs_creator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_creator_slugs")),
    )
    op.create_index(op.f("ix_creator_slugs_creator_id"), "creator_slugs", ["creator_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("creator_slugs")
    op.drop_column("creators", "featured")
    op.drop_column("creators", "banner_key")
