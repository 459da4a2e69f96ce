"""Files of discarded drafts and removed sounds are deleted by a job, and count until then."""

import sqlalchemy as sa
from alembic import op

revision = "f2a8c4d69b17"
down_revision = "e1f7a3b58c06"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "released_files",
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("delete_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_released_files_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_released_files")),
    )
    op.create_index(op.f("ix_released_files_user_id"), "released_files", ["user_id"])
    op.create_index(op.f("ix_released_files_delete_after"), "released_files", ["delete_after"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("released_files")
