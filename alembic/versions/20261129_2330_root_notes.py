"""Root notes of one-shots: measured, stated by creators, and for sale; and whether a member's downloads carry them."""

import sqlalchemy as sa
from alembic import op

revision = "b71d0e5a93c4"
down_revision = "b3d8e05f6a17"
IS_CONTRACT = False


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("analyses", sa.Column("note", sa.SmallInteger(), nullable=True))
    op.add_column("analyses", sa.Column("note_cents", sa.REAL(), nullable=True))
    op.add_column("analyses", sa.Column("note_confidence", sa.REAL(), nullable=True))
    op.add_column("draft_files", sa.Column("note", sa.SmallInteger(), nullable=True))
    op.add_column("draft_files", sa.Column("is_note_set", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("audio_files", sa.Column("note", sa.SmallInteger(), nullable=True))
    op.add_column("audio_files", sa.Column("note_cents", sa.REAL(), nullable=True))
    op.add_column("users", sa.Column("has_sampler_tags", sa.Boolean(), server_default="false", nullable=False))
    for table in ("analyses", "draft_files", "audio_files"):
        op.create_check_constraint(op.f(f"ck_{table}_note_range"), table, "note BETWEEN 0 AND 127")
    op.create_index(
        "ix_audio_files_note", "audio_files", ["note", "id"],
        postgresql_where=sa.text("published_at IS NOT NULL AND note IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_audio_files_note", table_name="audio_files")
    for table in ("audio_files", "draft_files", "analyses"):
        op.drop_constraint(op.f(f"ck_{table}_note_range"), table)
    op.drop_column("users", "has_sampler_tags")
    op.drop_column("audio_files", "note_cents")
    op.drop_column("audio_files", "note")
    op.drop_column("draft_files", "is_note_set")
    op.drop_column("draft_files", "note")
    op.drop_column("analyses", "note_confidence")
    op.drop_column("analyses", "note_cents")
    op.drop_column("analyses", "note")
