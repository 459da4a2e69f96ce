"""Documents: what members give the assistant to read, on the way in as uploads of their own purpose."""

from pathlib import Path

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "e4a90b7d3c16"
down_revision = "c58e2f7a9d10"
_SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _make_documents()
    _make_texts()
    op.add_column(
        "uploads", sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(), server_default="sound", nullable=False)
    )
    op.add_column("uploads", sa.Column("document_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_uploads_document_id"), "uploads", "documents", ["document_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index(op.f("ix_uploads_document_id"), "uploads", ["document_id"])
    op.create_check_constraint(op.f("ck_uploads_purpose"), "uploads", "purpose IN ('sound', 'document')")
    op.create_check_constraint(
        op.f("ck_uploads_document_is_known"),
        "uploads",
        "(document_id IS NOT NULL) = (purpose = 'document' AND state = 'stored')",
    )
    _make_content_index("sha256 IS NOT NULL AND purpose = 'sound'")
    op.get_bind().exec_driver_sql((_SQL / "20261124_documents.sql").read_text().replace("%", "%%"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP FUNCTION passage_words(text, text, text)")
    # Without documents these would be sounds, and perhaps the same ones again. Their files are swept.
    op.execute("DELETE FROM uploads WHERE purpose = 'document'")
    _make_content_index("sha256 IS NOT NULL")
    for name in ("document_is_known", "purpose"):
        op.drop_constraint(op.f(f"ck_uploads_{name}"), "uploads")
    op.drop_column("uploads", "document_id")
    op.drop_column("uploads", "purpose")
    for table in ("document_passages", "document_pages", "documents"):
        op.drop_table(table)


def _make_content_index(where: str) -> None:
    op.drop_index("uq_uploads_content", table_name="uploads")
    op.create_index(
        "uq_uploads_content", "uploads", ["user_id", "sha256"], unique=True, postgresql_where=sa.text(where)
    )


def _make_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("store_key", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column("model_key", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("problem", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("tokens_estimate", sa.Integer(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('pdf', 'docx', 'text', 'markdown', 'table', 'image', 'audio')", name=op.f("ck_documents_kind")
        ),
        sa.CheckConstraint("state IN ('reading', 'ready', 'failed')", name=op.f("ck_documents_state")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_documents_size_positive")),
        sa.CheckConstraint("(state = 'failed') = (problem <> '')", name=op.f("ck_documents_failed_says_why")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_documents_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("user_id", "sha256", name="uq_documents_content"),
    )
    op.create_index("ix_documents_user_newest", "documents", ["user_id", sa.text("id DESC")])


def _make_texts() -> None:
    op.create_table(
        "document_pages",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_pages_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "position", name=op.f("pk_document_pages")),
    )
    op.create_table(
        "document_passages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 1200", name=op.f("ck_document_passages_text_length")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_document_passages_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_passages")),
        sa.UniqueConstraint("document_id", "position", name="uq_document_passages_position"),
    )
