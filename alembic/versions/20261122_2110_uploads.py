"""Uploads: files on their way in."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "7c2a90e1b6d4"
down_revision = "b4d11d9a1225"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("store_key", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('receiving', 'stored')", name=op.f("ck_uploads_state")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_uploads_size_positive")),
        sa.CheckConstraint(
            "(state = 'stored') = (sha256 IS NOT NULL AND store_key IS NOT NULL)", name=op.f("ck_uploads_stored_is_known")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_uploads_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(
        "uq_uploads_content", "uploads", ["user_id", "sha256"], unique=True, postgresql_where=sa.text("sha256 IS NOT NULL")
    )
    op.create_index("ix_uploads_user_newest", "uploads", ["user_id", sa.text("created_at DESC")])
    op.create_index("ix_uploads_abandoned", "uploads", ["updated_at"], postgresql_where=sa.text("state = 'receiving'"))


def downgrade() -> None:
    op.drop_table("uploads")
