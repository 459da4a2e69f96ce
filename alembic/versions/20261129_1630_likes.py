"""Likes of packs and sounds, counted by a trigger."""

import sqlalchemy as sa
from alembic import op

from askchopper import sql

revision = "c1d7a3e50b42"
down_revision = "c9f04a6d2e18"
IS_CONTRACT = False
INSTALLED = {"like_counted": "70f55c753826"}
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in ("packs", "audio_files"):
        op.add_column(table, sa.Column("like_count", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "likes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["audio_files.id"], name=op.f("fk_likes_file_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name=op.f("fk_likes_pack_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_likes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likes")),
    )
    op.create_index("uq_likes_pack", "likes", ["user_id", "pack_id"], unique=True, postgresql_where=sa.text("file_id IS NULL"))
    op.create_index("uq_likes_file", "likes", ["user_id", "file_id"], unique=True, postgresql_where=sa.text("file_id IS NOT NULL"))
    op.create_index("ix_likes_user_newest", "likes", ["user_id", sa.text("id DESC")])
    op.create_index(op.f("ix_likes_pack_id"), "likes", ["pack_id"])
    op.create_index(op.f("ix_likes_file_id"), "likes", ["file_id"])
    sql.install(op.get_bind(), INSTALLED)
    op.execute(
        "CREATE TRIGGER likes_counted AFTER INSERT OR DELETE ON likes FOR EACH ROW EXECUTE FUNCTION like_counted()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("likes")
    op.execute("DROP FUNCTION like_counted()")
    for table in ("audio_files", "packs"):
        op.drop_column(table, "like_count")
