"""Search: one document of words for each sound, vocabulary, synonyms, similarity spaces and vectors, saved searches."""

from pathlib import Path

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c3f7b1d28a64"
down_revision = "a1d0c93f5e27"
_SQL = Path(__file__).parent.parent / "sql"
# An index for each slot, so that the space that serves keeps its own while the other one fills. Where the server has no
# pgvector the tables are the same and similarity is computed exactly.
_NEAR = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN
        EXECUTE 'CREATE INDEX ix_{table}_near_{slot} ON {table} USING hnsw ((vector::halfvec(64)) halfvec_cosine_ops)
            WITH (m = 16, ef_construction = 64) WHERE slot = {slot}';
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("audio_files", "search")
    op.add_column("audio_files", sa.Column("quality", sa.SmallInteger(), server_default="100", nullable=False))
    op.add_column(
        "audio_files",
        sa.Column("certainty", sqlmodel.sql.sqltypes.AutoString(), server_default="measured", nullable=False),
    )
    op.add_column("audio_files", sa.Column("search", postgresql.TSVECTOR(), nullable=True))
    op.create_check_constraint(op.f("ck_audio_files_quality_range"), "audio_files", "quality BETWEEN 0 AND 100")
    op.create_check_constraint(
        op.f("ck_audio_files_certainty"), "audio_files", "certainty IN ('confirmed', 'measured', 'low')"
    )
    op.create_index("ix_audio_files_search", "audio_files", ["search"], postgresql_using="gin")
    op.create_table(
        "search_vocabulary",
        sa.Column("word", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_vocabulary")),
    )
    op.create_index(
        "ix_search_vocabulary_prefix", "search_vocabulary", ["word"], postgresql_ops={"word": "text_pattern_ops"}
    )
    op.create_index(
        "ix_search_vocabulary_close",
        "search_vocabulary",
        ["word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.create_table(
        "search_synonyms",
        sa.Column("word", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("means", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.PrimaryKeyConstraint("word", "means", name=op.f("pk_search_synonyms")),
    )
    op.create_table(
        "similarity_spaces",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("base_version", sa.SmallInteger(), nullable=False),
        sa.Column("matrix", sa.LargeBinary(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("precision_before", sa.REAL(), nullable=True),
        sa.Column("precision_after", sa.REAL(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('filling', 'serving', 'retired')", name=op.f("ck_similarity_spaces_state")),
        sa.CheckConstraint("slot IN (0, 1)", name=op.f("ck_similarity_spaces_slot")),
        sa.CheckConstraint("length(matrix) IN (0, 16384)", name=op.f("ck_similarity_spaces_matrix_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_similarity_spaces")),
    )
    op.create_index(
        "uq_similarity_spaces_active",
        "similarity_spaces",
        ["slot"],
        unique=True,
        postgresql_where=sa.text("state IN ('filling', 'serving')"),
    )
    for table, column, owner in (("file_vectors", "file_id", "audio_files"), ("pack_vectors", "pack_id", "packs")):
        op.create_table(
            table,
            sa.Column(column, sa.Uuid(), nullable=False),
            sa.Column("slot", sa.SmallInteger(), nullable=False),
            sa.Column("vector", sa.ARRAY(sa.REAL()), nullable=False),
            sa.CheckConstraint("slot IN (0, 1)", name=op.f(f"ck_{table}_slot")),
            sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint(column, "slot", name=op.f(f"pk_{table}")),
        )
        for slot in (0, 1):
            op.execute(_NEAR.format(table=table, slot=slot))
    op.create_table(
        "query_sounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("embedding", sa.ARRAY(sa.REAL()), nullable=False),
        sa.Column("embedding_version", sa.SmallInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_query_sounds_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query_sounds")),
    )
    op.create_index(op.f("ix_query_sounds_created_at"), "query_sounds", ["created_at"])
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("query", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_searches_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
    )
    op.create_index("uq_saved_searches_query", "saved_searches", ["user_id", "query"], unique=True)
    op.create_index("ix_saved_searches_checked", "saved_searches", ["checked_at"])
    op.create_index(
        "ix_packs_title_prefix",
        "packs",
        [sa.func.lower(sa.column("title")).label("folded")],
        postgresql_ops={"folded": "text_pattern_ops"},
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(
        "ix_creators_name_prefix",
        "creators",
        [sa.func.lower(sa.column("display_name")).label("folded")],
        postgresql_ops={"folded": "text_pattern_ops"},
    )
    _run_sql("20261123_search.sql")
    op.execute("DROP FUNCTION search_query(text)")
    op.execute("SELECT pack_index(id) FROM packs ORDER BY id")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for function in ("search_recount()", "search_words(jsonb, boolean)", "pack_index(uuid)"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("ix_creators_name_prefix", table_name="creators")
    op.drop_index("ix_packs_title_prefix", table_name="packs")
    for table in (
        "saved_searches", "query_sounds", "pack_vectors", "file_vectors", "similarity_spaces", "search_synonyms", "search_vocabulary",
    ):  # fmt: skip
        op.drop_table(table)
    for column in ("search", "certainty", "quality"):
        op.drop_column("audio_files", column)
    op.add_column(
        "audio_files",
        sa.Column("search", postgresql.TSVECTOR(), sa.Computed("to_tsvector('simple', fold(title))", persisted=True)),
    )
    op.create_index("ix_audio_files_search", "audio_files", ["search"], postgresql_using="gin")
    _run_sql("20261122_search.sql")
    op.execute("SELECT pack_index(id) FROM packs ORDER BY id")


def _run_sql(name: str) -> None:
    op.get_bind().exec_driver_sql((_SQL / name).read_text().replace("%", "%%"))
