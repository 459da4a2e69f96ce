"""Collections, their items and collaborators."""

import sqlalchemy as sa
from alembic import op

revision = "d48b0c6e2f91"
down_revision = "c1d7a3e50b42"
IS_CONTRACT = False
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "collections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(90), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("visibility", sa.String(10), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("invite_token", sa.String(60)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint("visibility IN ('public', 'unlisted', 'private')", name=op.f("ck_collections_visibility")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_collections_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
        sa.UniqueConstraint("slug", name=op.f("uq_collections_slug")),
    )
    op.create_index(op.f("ix_collections_user_id"), "collections", ["user_id"])
    op.create_index(
        "ix_collections_public", "collections", [sa.text("updated_at DESC")], postgresql_where=sa.text("visibility = 'public'")
    )
    op.create_table(
        "collection_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_sound", sa.Boolean(), nullable=False),
        sa.Column("pack_id", sa.Uuid()),
        sa.Column("file_id", sa.Uuid()),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("added_by", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name=op.f("fk_collection_items_added_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name=op.f("fk_collection_items_collection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["audio_files.id"], name=op.f("fk_collection_items_file_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name=op.f("fk_collection_items_pack_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_items")),
    )
    for name in ("pack_id", "file_id", "added_by"):
        op.create_index(op.f(f"ix_collection_items_{name}"), "collection_items", [name])
    op.create_index("ix_collection_items_place", "collection_items", ["collection_id", "position"])
    op.create_index(
        "uq_collection_items_pack", "collection_items", ["collection_id", "pack_id"], unique=True, postgresql_where=sa.text("NOT is_sound")
    )
    op.create_index(
        "uq_collection_items_file", "collection_items", ["collection_id", "file_id"], unique=True, postgresql_where=sa.text("is_sound")
    )
    op.create_table(
        "collection_members",
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name=op.f("fk_collection_members_collection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_collection_members_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection_id", "user_id", name=op.f("pk_collection_members")),
    )
    op.create_index(op.f("ix_collection_members_user_id"), "collection_members", ["user_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in ("collection_members", "collection_items", "collections"):
        op.drop_table(table)
