"""Taste profile: signals, their sums, corrections, recommended packs, what became of them, and inspections."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from askchopper import sql

revision = "a7c41f0e93d2"
down_revision = "b7d2e40a61cf"
IS_CONTRACT = False
INSTALLED = {"taste_add": "6a7b38c8729b"}
_NOW = sa.text("now()")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "taste_collections",
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("collected_until", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_taste_collections")),
    )
    op.create_table(
        "taste_corrections",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("facet", sa.String(20), nullable=False),
        sa.Column("value", sa.String(60), nullable=False),
        sa.Column("choice", sa.String(10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint("choice IN ('more', 'less', 'never')", name=op.f("ck_taste_corrections_choice")),
        sa.CheckConstraint(
            "facet IN ('genre', 'tempo', 'key', 'kind', 'creator', 'loudness', 'brightness')",
            name=op.f("ck_taste_corrections_facet"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_taste_corrections_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "facet", "value", name=op.f("pk_taste_corrections")),
    )
    op.create_table(
        "taste_inspections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("admin_id", sa.Uuid()),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["admin_id"], ["users.id"], name=op.f("fk_taste_inspections_admin_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_taste_inspections_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taste_inspections")),
    )
    op.create_index(op.f("ix_taste_inspections_admin_id"), "taste_inspections", ["admin_id"])
    op.create_index("ix_taste_inspections_user", "taste_inspections", ["user_id", sa.text("created_at DESC")])
    op.create_table(
        "taste_profiles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("half_life_days", sa.Double(), nullable=False),
        sa.Column("reset_signal_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("preferences", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("undo", postgresql.JSONB()),
        sa.Column("undo_until", sa.DateTime(timezone=True)),
        sa.Column("needs_recount", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_taste_profiles_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_taste_profiles")),
    )
    op.create_table(
        "taste_weights",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("facet", sa.String(20), nullable=False),
        sa.Column("value", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint(
            "facet IN ('genre', 'tempo', 'key', 'kind', 'creator', 'loudness', 'brightness')",
            name=op.f("ck_taste_weights_facet"),
        ),
        sa.CheckConstraint(
            "kind IN ('play', 'replay', 'skip', 'like', 'search', 'download', 'purchase', 'refund', 'dismissal', 'fact', 'chat', 'import')",
            name=op.f("ck_taste_weights_kind"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_taste_weights_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "facet", "value", "kind", name=op.f("pk_taste_weights")),
    )
    op.create_table(
        "recommendation_impressions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("played_at", sa.DateTime(timezone=True)),
        sa.Column("bought_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["packs.id"], name=op.f("fk_recommendation_impressions_pack_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recommendation_impressions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_impressions")),
    )
    op.create_index(
        "ix_recommendation_impressions_pack",
        "recommendation_impressions",
        ["user_id", "pack_id", sa.text("shown_at DESC")],
    )
    op.create_index(op.f("ix_recommendation_impressions_pack_id"), "recommendation_impressions", ["pack_id"])
    op.create_index("ix_recommendation_impressions_shown", "recommendation_impressions", ["shown_at"])
    op.create_table(
        "taste_dismissals",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["packs.id"], name=op.f("fk_taste_dismissals_pack_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_taste_dismissals_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "pack_id", name=op.f("pk_taste_dismissals")),
    )
    op.create_index(op.f("ix_taste_dismissals_pack_id"), "taste_dismissals", ["pack_id"])
    op.create_table(
        "taste_picks",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("is_exploration", sa.Boolean(), nullable=False),
        sa.Column("shown_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_last_shown", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name=op.f("fk_taste_picks_pack_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_taste_picks_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "pack_id", name=op.f("pk_taste_picks")),
    )
    op.create_index(op.f("ix_taste_picks_pack_id"), "taste_picks", ["pack_id"])
    op.create_index("ix_taste_picks_position", "taste_picks", ["user_id", "position"])
    op.create_table(
        "taste_signals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("pack_id", sa.Uuid()),
        sa.Column("file_id", sa.Uuid()),
        sa.Column("traits", postgresql.JSONB()),
        sa.Column("amount", sa.Double(), server_default="1", nullable=False),
        sa.Column("source_id", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("is_applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('play', 'replay', 'skip', 'like', 'search', 'download', 'purchase', 'refund', 'dismissal', 'fact', 'chat', 'import')",
            name=op.f("ck_taste_signals_kind"),
        ),
        sa.CheckConstraint("(pack_id IS NULL) <> (traits IS NULL)", name=op.f("ck_taste_signals_one_subject")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["audio_files.id"], name=op.f("fk_taste_signals_file_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name=op.f("fk_taste_signals_pack_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_taste_signals_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taste_signals")),
    )
    op.create_index("ix_taste_signals_created_at", "taste_signals", ["created_at"])
    op.create_index(op.f("ix_taste_signals_file_id"), "taste_signals", ["file_id"])
    op.create_index(
        "ix_taste_signals_pack",
        "taste_signals",
        ["user_id", "pack_id"],
        postgresql_where=sa.text("pack_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_taste_signals_pack_id"), "taste_signals", ["pack_id"])
    op.create_index(
        "ix_taste_signals_pending", "taste_signals", ["user_id"], postgresql_where=sa.text("NOT is_applied")
    )
    op.create_index("ix_taste_signals_user", "taste_signals", ["user_id", "id"])
    op.create_index(
        "uq_taste_signals_source",
        "taste_signals",
        ["source_id", "kind"],
        unique=True,
        postgresql_where=sa.text("source_id IS NOT NULL"),
    )
    sql.install(op.get_bind(), INSTALLED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP FUNCTION taste_add")
    for table in (
        "taste_collections",
        "taste_corrections",
        "taste_inspections",
        "taste_profiles",
        "taste_weights",
        "recommendation_impressions",
        "taste_dismissals",
        "taste_picks",
        "taste_signals",
    ):
        op.drop_table(table)
