"""Learning and trends: examples of terms, learning resources, daily counts and what is computed from them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a7c2e91f6b38"
down_revision = "a7c41f0e93d2"
IS_CONTRACT = False
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "term_examples",
        sa.Column("term", sa.String(60), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["audio_files.id"], name=op.f("fk_term_examples_file_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("term", "position", name=op.f("pk_term_examples")),
    )
    op.create_index(op.f("ix_term_examples_file_id"), "term_examples", ["file_id"])
    op.create_table(
        "resource_checks",
        sa.Column("resource", sa.String(60), nullable=False),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_resource_checks")),
    )
    op.create_table(
        "resource_marks",
        sa.Column("resource", sa.String(60), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_resource_marks_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("resource", "user_id", name=op.f("pk_resource_marks")),
    )
    op.create_index(op.f("ix_resource_marks_user_id"), "resource_marks", ["user_id"])
    op.create_table(
        "trend_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("plays", sa.Integer(), nullable=False),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.Column("sales", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name=op.f("fk_trend_days_pack_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("day", "target_id", name=op.f("pk_trend_days")),
    )
    op.create_index(op.f("ix_trend_days_pack_id"), "trend_days", ["pack_id"])
    op.create_index("ix_trend_days_target", "trend_days", ["target_id"])
    op.create_table(
        "search_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(12), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "dimension", "value", name=op.f("pk_search_days")),
    )
    op.create_table(
        "trend_snapshots",
        sa.Column("genre", sa.String(40), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("genre", name=op.f("pk_trend_snapshots")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in ("trend_snapshots", "search_days", "trend_days", "resource_marks", "resource_checks", "term_examples"):
        op.drop_table(table)
