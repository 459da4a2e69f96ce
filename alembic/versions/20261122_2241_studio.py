"""Studio: drafts and their files, analyses, and the queue of jobs in a schema of its own."""

from pathlib import Path

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a1d0c93f5e27"
down_revision = "7c2a90e1b6d4"
_JOBS = Path(__file__).parent.parent / "sql" / "20261122_jobs.sql"
_FUNCTIONS = """
    SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'jobs'::regnamespace
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "analyses",
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hints", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("bpm", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("bpm_confidence", sa.REAL(), nullable=True),
        sa.Column("bpm_alternative", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=True),
        sa.Column("key_confidence", sa.REAL(), nullable=True),
        sa.Column("key_alternative", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=True),
        sa.Column("bars", sa.SmallInteger(), nullable=True),
        sa.Column("beats", sa.SmallInteger(), nullable=True),
        sa.Column("container", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=True),
        sa.Column("codec", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
        sa.Column("duration_seconds", sa.Float(), nullable=True),
        sa.Column("sample_rate_hz", sa.Integer(), nullable=True),
        sa.Column("channels", sa.SmallInteger(), nullable=True),
        sa.Column("bit_depth", sa.SmallInteger(), nullable=True),
        sa.Column("bits_per_second", sa.Integer(), nullable=True),
        sa.Column("is_lossless", sa.Boolean(), nullable=True),
        sa.Column("peak_dbfs", sa.REAL(), nullable=True),
        sa.Column("true_peak_dbtp", sa.REAL(), nullable=True),
        sa.Column("loudness_lufs", sa.REAL(), nullable=True),
        sa.Column("treble_wall_hz", sa.REAL(), nullable=True),
        sa.Column("outline", sa.LargeBinary(), nullable=False),
        sa.Column("embedding", sa.ARRAY(sa.REAL()), nullable=True),
        sa.Column("embedding_version", sa.SmallInteger(), nullable=True),
        sa.Column("preview_key", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("opus_key", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("cpu_seconds", sa.REAL(), nullable=False),
        sa.Column("analysed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('loop', 'one-shot', 'track')", name=op.f("ck_analyses_kind")),
        sa.CheckConstraint("status IN ('accept', 'flag', 'reject')", name=op.f("ck_analyses_status")),
        sa.CheckConstraint("bpm BETWEEN 20 AND 400", name=op.f("ck_analyses_bpm_range")),
        sa.CheckConstraint("length(outline) IN (0, 800)", name=op.f("ck_analyses_outline_length")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_analyses_score_range")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_analyses")),
    )
    op.create_index("ix_analyses_version", "analyses", ["version"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("summary", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(length=4000), nullable=False),
        sa.Column("genre_slug", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("tags", sa.ARRAY(sa.String(length=40)), server_default="{}", nullable=False),
        sa.Column("cover_key", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("cover_hue", sa.SmallInteger(), nullable=False),
        sa.Column("price_tokens", sa.SmallInteger(), nullable=False),
        sa.Column("sound_price_tokens", sa.SmallInteger(), nullable=False),
        sa.Column("broadcast_price_tokens", sa.Integer(), nullable=True),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("suggested", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'publishing', 'in_review', 'scheduled', 'published', 'unpublished')",
            name=op.f("ck_drafts_state"),
        ),
        sa.CheckConstraint("broadcast_price_tokens BETWEEN 0 AND 20000", name=op.f("ck_drafts_broadcast_price_range")),
        sa.CheckConstraint("price_tokens BETWEEN 0 AND 2000", name=op.f("ck_drafts_price_range")),
        sa.CheckConstraint("sound_price_tokens BETWEEN 0 AND 2000", name=op.f("ck_drafts_sound_price_range")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index(
        "ix_drafts_due", "drafts", ["release_at"], unique=False, postgresql_where=sa.text("state = 'scheduled'")
    )
    op.create_index(
        "ix_drafts_queue", "drafts", ["submitted_at"], unique=False, postgresql_where=sa.text("state = 'in_review'")
    )
    op.create_index("ix_drafts_user_newest", "drafts", ["user_id", sa.literal_column("updated_at DESC")], unique=False)
    op.create_table(
        "draft_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("store_key", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("problem", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("crc32", sa.BigInteger(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("bpm", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("is_bpm_set", sa.Boolean(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=True),
        sa.Column("is_key_set", sa.Boolean(), nullable=False),
        sa.Column("price_tokens", sa.SmallInteger(), nullable=True),
        sa.Column("kept_findings", sa.ARRAY(sa.String(length=40)), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "key IN ('C major', 'Db major', 'D major', 'Eb major', 'E major', 'F major', 'F# major', 'G major', 'Ab major', 'A major', 'Bb major', 'B major', 'C minor', 'C# minor', 'D minor', 'Eb minor', 'E minor', 'F minor', 'F# minor', 'G minor', 'G# minor', 'A minor', 'Bb minor', 'B minor')",
            name=op.f("ck_draft_files_key"),
        ),
        sa.CheckConstraint("kind IN ('loop', 'one-shot', 'track')", name=op.f("ck_draft_files_kind")),
        sa.CheckConstraint("state IN ('waiting', 'analysing', 'ready', 'failed')", name=op.f("ck_draft_files_state")),
        sa.CheckConstraint("bpm BETWEEN 20 AND 400", name=op.f("ck_draft_files_bpm_range")),
        sa.CheckConstraint("price_tokens BETWEEN 0 AND 2000", name=op.f("ck_draft_files_price_range")),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_files_draft_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_files")),
        sa.UniqueConstraint("draft_id", "sha256", name=op.f("uq_draft_files_draft_id_sha256")),
    )
    op.create_index("ix_draft_files_order", "draft_files", ["draft_id", "position"], unique=False)
    op.create_index("ix_draft_files_sha256", "draft_files", ["sha256"], unique=False)
    op.add_column("creators", sa.Column("is_flagged", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("uploads", sa.Column("draft_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_uploads_draft_id"), "uploads", ["draft_id"], unique=False)
    op.create_foreign_key(op.f("fk_uploads_draft_id"), "uploads", "drafts", ["draft_id"], ["id"], ondelete="CASCADE")
    _create_queue()


def _create_queue() -> None:
    op.execute("CREATE SCHEMA jobs")
    op.execute("SET LOCAL search_path TO jobs")
    op.get_bind().exec_driver_sql(_JOBS.read_text().replace("%", "%%"))
    op.execute("SET LOCAL search_path TO DEFAULT")
    # Called from transactions of the app, whose search path does not know the schema.
    for (function,) in op.get_bind().exec_driver_sql(_FUNCTIONS).all():
        op.execute(f"ALTER FUNCTION {function} SET search_path TO jobs, pg_temp")
    op.execute("GRANT USAGE ON SCHEMA jobs TO askchopper_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO askchopper_app")
    op.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA jobs TO askchopper_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP SCHEMA jobs CASCADE")
    op.drop_constraint(op.f("fk_uploads_draft_id"), "uploads", type_="foreignkey")
    op.drop_index(op.f("ix_uploads_draft_id"), table_name="uploads")
    op.drop_column("uploads", "draft_id")
    op.drop_column("creators", "is_flagged")
    op.drop_index("ix_draft_files_sha256", table_name="draft_files")
    op.drop_index("ix_draft_files_order", table_name="draft_files")
    op.drop_table("draft_files")
    op.drop_index("ix_drafts_user_newest", table_name="drafts")
    op.drop_index("ix_drafts_queue", table_name="drafts", postgresql_where=sa.text("state = 'in_review'"))
    op.drop_index("ix_drafts_due", table_name="drafts", postgresql_where=sa.text("state = 'scheduled'"))
    op.drop_table("drafts")
    op.drop_index("ix_analyses_version", table_name="analyses")
    op.drop_table("analyses")
