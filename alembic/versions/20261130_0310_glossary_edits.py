"""Terms that administrators write, tempo maps, no history to count in a new database, and room on the pages of figures, so that adding to a row writes no index entry."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c7a40d19e52b"
down_revision = "b3d91e60c47f"
IS_CONTRACT = False
_FIGURES = ("hourly_figures", "daily_figures", "daily_breakdowns")
_BACKFILLED = (
    ("plays", "plays"), ("purchases", "purchases"), ("refunds", "purchases"), ("downloads", "downloads"), ("likes", "likes"),
    ("collection_items", "collection_items"),
)  # fmt: skip
_MEASURED = ("analyses", "audio_files")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "glossary_edits",
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("term", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.String(1200), nullable=False),
        sa.Column("aliases", sa.ARRAY(sa.String(60)), nullable=False),
        sa.Column("related", sa.ARRAY(sa.String(60)), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_glossary_edits")),
    )
    for table in _MEASURED:
        op.add_column(table, sa.Column("tempo_map", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))
    # Nothing is older than the triggers where there is nothing: a row that is written later has its event, however early its time.
    for source, table in _BACKFILLED:
        op.execute(
            f"UPDATE pack_event_backfills SET done_at = now() WHERE source = '{source}' AND done_at IS NULL"  # noqa: S608 - constants
            f" AND NOT EXISTS (SELECT FROM {table})"
        )
    for table in _FIGURES:
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 60)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in _FIGURES:
        op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
    for table in _MEASURED:
        op.drop_column(table, "tempo_map")
    op.drop_table("glossary_edits")
