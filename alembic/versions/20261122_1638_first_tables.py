"""First tables: accounts, catalogue, ledger, purchases, activity."""

from pathlib import Path

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b4d11d9a1225"
down_revision = None

EXTENSIONS = ("pg_trgm", "unaccent")
# Similar sounds are found by an index where the server has pgvector, and by computing all distances where it has not.
VECTOR = """DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN CREATE EXTENSION IF NOT EXISTS vector; END IF;
END $$"""
SQL_DIR = Path(__file__).parent.parent / "sql"
# Accents folded away. unaccent() is only stable, since its rules file may change; an index needs an immutable function.
FOLD = """CREATE FUNCTION fold(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
    $$ SELECT public.unaccent('public.unaccent'::regdictionary, p_text) $$"""
FUNCTIONS = (
    "limit_take(text, integer, integer)",
    "search_query(text)",
    "pack_index(uuid)",
    "download_start(uuid, uuid, uuid, text, uuid)",
    "purchase_refund(uuid, uuid, uuid)",
    "purchase_keep_file()",
    "purchase_buy(uuid, text, uuid, text, integer, text, bytea, uuid, uuid, uuid)",
    "purchase_quote(uuid, uuid, uuid, text)",
    "ledger_credit(uuid, uuid, text, text, text, integer, boolean)",
    "ledger_post(uuid, uuid, text, text, text, uuid, timestamptz, uuid[], text[], integer[])",
    "ledger_canonical(uuid, uuid, integer, text, text, text, uuid, timestamptz, bigint[], integer[])",
    "ledger_told_time()",
    "ledger_open_accounts()",
    "ledger_refuse_change()",
    "ledger_check_balanced()",
    "fold(text)",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.execute(VECTOR)
    op.execute(FOLD)
    op.create_table(
        "genres",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_genres")),
        sa.UniqueConstraint("name", name=op.f("uq_genres_name")),
    )
    op.create_table(
        "licence_texts",
        sa.Column(
            "sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False
        ),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('standard', 'broadcast')", name=op.f("ck_licence_texts_kind")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_licence_texts")),
        sa.UniqueConstraint(
            "kind", "version", name=op.f("uq_licence_texts_kind_version")
        ),
    )
    op.create_table(
        "rate_limit_hits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
        sa.Column(
            "hit_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_limit_hits")),
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        op.f("ix_rate_limit_hits_expires_at"),
        "rate_limit_hits",
        ["expires_at"],
        unique=False,
    )
    op.create_index(
        "ix_rate_limit_hits_key_time",
        "rate_limit_hits",
        ["key", "hit_at"],
        unique=False,
    )
    op.create_table(
        "rate_limit_refusals",
        sa.Column(
            "limit_name", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "limit_name", "day", name=op.f("pk_rate_limit_refusals")
        ),
    )
    op.create_table(
        "tags",
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_tags")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("display_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('member', 'moderator', 'admin')", name=op.f("ck_users_role")
        ),
        sa.CheckConstraint(
            "length(display_name) BETWEEN 1 AND 60",
            name=op.f("ck_users_display_name_length"),
        ),
        sa.CheckConstraint(
            "length(email) BETWEEN 3 AND 254", name=op.f("ck_users_email_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index(
        "uq_users_email_lower",
        "users",
        [sa.literal_column("lower(email)")],
        unique=True,
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column(
            "facts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_activity_user_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index(op.f("ix_activity_kind"), "activity", ["kind"], unique=False)
    op.create_index(
        "ix_activity_user_time",
        "activity",
        ["user_id", sa.literal_column("created_at DESC")],
        unique=False,
    )
    op.create_table(
        "creators",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column(
            "display_name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False
        ),
        sa.Column("place", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("bio", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_creators_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creators")),
        sa.UniqueConstraint("slug", name=op.f("uq_creators_slug")),
        sa.UniqueConstraint("user_id", name=op.f("uq_creators_user_id")),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('spendable', 'bonus', 'earnings', 'bonus_earnings', 'issuance', 'bonus_issuance', 'fees')",
            name=op.f("ck_ledger_accounts_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_ledger_accounts_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
    )
    op.create_index(
        "uq_ledger_accounts_owner",
        "ledger_accounts",
        ["user_id", "kind"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wallet_user_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "idempotency_key",
            sqlmodel.sql.sqltypes.AutoString(length=140),
            nullable=False,
        ),
        sa.Column("memo", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "reason IN ('top_up', 'grant', 'purchase', 'refund')",
            name=op.f("ck_ledger_transactions_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_transactions_reverses_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["wallet_user_id"],
            ["users.id"],
            name=op.f("fk_ledger_transactions_wallet_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transactions")),
        sa.UniqueConstraint(
            "reverses_id", name=op.f("uq_ledger_transactions_reverses_id")
        ),
        sa.UniqueConstraint(
            "wallet_user_id",
            "idempotency_key",
            name=op.f("uq_ledger_transactions_wallet_user_id_idempotency_key"),
        ),
        sa.UniqueConstraint(
            "wallet_user_id",
            "sequence",
            name=op.f("uq_ledger_transactions_wallet_user_id_sequence"),
        ),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column(
            "sentence", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False
        ),
        sa.Column("link", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_notifications_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index(
        "ix_notifications_user_newest",
        "notifications",
        ["user_id", sa.literal_column("created_at DESC")],
        unique=False,
    )
    op.create_table(
        "password_resets",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_password_resets_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_password_resets")),
    )
    op.create_index(
        op.f("ix_password_resets_user_id"), "password_resets", ["user_id"], unique=False
    )
    op.create_table(
        "personal_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 60", name=op.f("ck_personal_tokens_name_length")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_personal_tokens_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_personal_tokens_token_hash")),
    )
    op.create_index(
        op.f("ix_personal_tokens_user_id"), "personal_tokens", ["user_id"], unique=False
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "user_agent", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_sessions_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(
        op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "wallets",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("spendable_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bonus_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "last_hash",
            sa.LargeBinary(),
            server_default=sa.text("''::bytea"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "bonus_tokens >= 0", name=op.f("ck_wallets_bonus_not_negative")
        ),
        sa.CheckConstraint(
            "spendable_tokens >= 0", name=op.f("ck_wallets_spendable_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_wallets_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_wallets")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_tokens", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "amount_tokens <> 0", name=op.f("ck_ledger_entries_amount_not_zero")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_accounts.id"],
            name=op.f("fk_ledger_entries_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_entries_transaction_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint(
            "transaction_id", "account_id", name=op.f("pk_ledger_entries")
        ),
    )
    op.create_index(
        op.f("ix_ledger_entries_account_id"),
        "ledger_entries",
        ["account_id"],
        unique=False,
    )
    op.create_table(
        "packs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=90), nullable=False),
        sa.Column("creator_id", sa.Uuid(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "summary", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False
        ),
        sa.Column(
            "description", sqlmodel.sql.sqltypes.AutoString(length=4000), nullable=False
        ),
        sa.Column("genre_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("price_tokens", sa.Integer(), nullable=False),
        sa.Column(
            "cover_key", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False
        ),
        sa.Column("cover_hue", sa.SmallInteger(), nullable=False),
        sa.Column(
            "preview_key", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False
        ),
        sa.Column("preview_peaks", sa.LargeBinary(), nullable=False),
        sa.Column("preview_seconds", sa.Float(), nullable=False),
        sa.Column("file_count", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("duration_seconds", sa.Float(), nullable=False),
        sa.Column("bpm_min", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("bpm_max", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column(
            "keys", sa.ARRAY(sa.String(length=12)), server_default="{}", nullable=False
        ),
        sa.Column(
            "kinds", sa.ARRAY(sa.String(length=12)), server_default="{}", nullable=False
        ),
        sa.Column("popularity", sa.Integer(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'published') <= (published_at IS NOT NULL)",
            name=op.f("ck_packs_published_has_time"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'published', 'unpublished', 'withdrawn')",
            name=op.f("ck_packs_status"),
        ),
        sa.CheckConstraint("bpm_min <= bpm_max", name=op.f("ck_packs_bpm_span")),
        sa.CheckConstraint(
            "length(title) BETWEEN 1 AND 80", name=op.f("ck_packs_title_length")
        ),
        sa.CheckConstraint(
            "price_tokens BETWEEN 0 AND 2000", name=op.f("ck_packs_price_range")
        ),
        sa.ForeignKeyConstraint(
            ["creator_id"],
            ["creators.id"],
            name=op.f("fk_packs_creator_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["genre_slug"],
            ["genres.slug"],
            name=op.f("fk_packs_genre_slug"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packs")),
        sa.UniqueConstraint("slug", name=op.f("uq_packs_slug")),
    )
    op.create_index(
        "ix_packs_bpm",
        "packs",
        ["bpm_min", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(op.f("ix_packs_creator_id"), "packs", ["creator_id"], unique=False)
    op.create_index(
        "ix_packs_duration",
        "packs",
        ["duration_seconds", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(
        "ix_packs_genre_newest",
        "packs",
        ["genre_slug", sa.literal_column("published_at DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(
        "ix_packs_keys", "packs", ["keys"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_packs_newest",
        "packs",
        [sa.literal_column("published_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(
        "ix_packs_popular",
        "packs",
        [sa.literal_column("popularity DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(
        "ix_packs_price",
        "packs",
        ["price_tokens", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_index(
        "ix_packs_search", "packs", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "audio_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column(
            "title", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False
        ),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("bpm", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=True),
        sa.Column("price_tokens", sa.Integer(), nullable=False),
        sa.Column("duration_seconds", sa.Float(), nullable=False),
        sa.Column(
            "format", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False
        ),
        sa.Column("bit_depth", sa.SmallInteger(), nullable=True),
        sa.Column("sample_rate_hz", sa.Integer(), nullable=False),
        sa.Column("channels", sa.SmallInteger(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column(
            "sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False
        ),
        sa.Column(
            "crc32", sa.Numeric(precision=10, scale=0, asdecimal=False), nullable=False
        ),
        sa.Column(
            "master_key", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False
        ),
        sa.Column(
            "preview_key", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False
        ),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("loudness_lufs", sa.Float(), nullable=True),
        sa.Column("peak_dbfs", sa.Float(), nullable=True),
        sa.Column(
            "download_name",
            sqlmodel.sql.sqltypes.AutoString(length=120),
            nullable=False,
        ),
        sa.Column("genre_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("popularity", sa.Integer(), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', fold(title))", persisted=True),
            nullable=True,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "key IN ('C major', 'Db major', 'D major', 'Eb major', 'E major', 'F major', 'F# major', 'G major', 'Ab major', 'A major', 'Bb major', 'B major', 'C minor', 'C# minor', 'D minor', 'Eb minor', 'E minor', 'F minor', 'F# minor', 'G minor', 'G# minor', 'A minor', 'Bb minor', 'B minor')",
            name=op.f("ck_audio_files_key"),
        ),
        sa.CheckConstraint(
            "kind IN ('loop', 'one-shot', 'track')", name=op.f("ck_audio_files_kind")
        ),
        sa.CheckConstraint(
            "bpm BETWEEN 20 AND 400", name=op.f("ck_audio_files_bpm_range")
        ),
        sa.CheckConstraint(
            "duration_seconds > 0", name=op.f("ck_audio_files_duration_positive")
        ),
        sa.CheckConstraint(
            "length(peaks) = 800", name=op.f("ck_audio_files_peaks_length")
        ),
        sa.CheckConstraint(
            "price_tokens BETWEEN 0 AND 2000", name=op.f("ck_audio_files_price_range")
        ),
        sa.ForeignKeyConstraint(
            ["genre_slug"],
            ["genres.slug"],
            name=op.f("fk_audio_files_genre_slug"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pack_id"],
            ["packs.id"],
            name=op.f("fk_audio_files_pack_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audio_files")),
    )
    op.create_index(
        "uq_audio_files_place",
        "audio_files",
        ["pack_id", "position"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_index(
        "ix_audio_files_bpm",
        "audio_files",
        ["bpm", "id"],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_audio_files_duration",
        "audio_files",
        ["duration_seconds", "id"],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_audio_files_facets",
        "audio_files",
        ["genre_slug", "key", "bpm"],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_audio_files_newest",
        "audio_files",
        [sa.literal_column("published_at DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index("ix_audio_files_pack_facets", "audio_files", ["pack_id", "key", "bpm"], unique=False)
    op.create_index(
        "ix_audio_files_popular",
        "audio_files",
        [sa.literal_column("popularity DESC"), sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_audio_files_price",
        "audio_files",
        ["price_tokens", "id"],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_audio_files_search",
        "audio_files",
        ["search"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        op.f("ix_audio_files_sha256"), "audio_files", ["sha256"], unique=False
    )
    op.create_table(
        "licence_offers",
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("price_tokens", sa.Integer(), nullable=False),
        sa.Column(
            "text_sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('standard', 'broadcast')", name=op.f("ck_licence_offers_kind")
        ),
        sa.CheckConstraint(
            "price_tokens BETWEEN 0 AND 20000",
            name=op.f("ck_licence_offers_price_range"),
        ),
        sa.ForeignKeyConstraint(
            ["pack_id"],
            ["packs.id"],
            name=op.f("fk_licence_offers_pack_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["text_sha256"],
            ["licence_texts.sha256"],
            name=op.f("fk_licence_offers_text_sha256"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("pack_id", "kind", name=op.f("pk_licence_offers")),
    )
    op.create_table(
        "pack_tags",
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("tag_slug", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pack_id"],
            ["packs.id"],
            name=op.f("fk_pack_tags_pack_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_slug"],
            ["tags.slug"],
            name=op.f("fk_pack_tags_tag_slug"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("pack_id", "tag_slug", name=op.f("pk_pack_tags")),
    )
    op.create_index(
        op.f("ix_pack_tags_tag_slug"), "pack_tags", ["tag_slug"], unique=False
    )
    op.create_table(
        "downloads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("country", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('file', 'pack_zip')", name=op.f("ck_downloads_kind")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["audio_files.id"],
            name=op.f("fk_downloads_file_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pack_id"],
            ["packs.id"],
            name=op.f("fk_downloads_pack_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_downloads_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downloads")),
    )
    op.create_index(
        op.f("ix_downloads_pack_id"), "downloads", ["pack_id"], unique=False
    )
    op.create_index(
        "ix_downloads_user_pack",
        "downloads",
        ["user_id", "pack_id", sa.literal_column("created_at DESC")],
        unique=False,
    )
    op.create_table(
        "plays",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("seconds_heard", sa.Float(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("seconds_heard >= 3", name=op.f("ck_plays_long_enough")),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["audio_files.id"],
            name=op.f("fk_plays_file_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["packs.id"], name=op.f("fk_plays_pack_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_plays_user_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plays")),
    )
    op.create_index(op.f("ix_plays_file_id"), "plays", ["file_id"], unique=False)
    op.create_index(
        "ix_plays_pack_time", "plays", ["pack_id", "created_at"], unique=False
    )
    op.create_index("ix_plays_time", "plays", ["created_at"], unique=False)
    op.create_index(op.f("ix_plays_user_id"), "plays", ["user_id"], unique=False)
    op.create_table(
        "purchases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("file_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("licence_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("price_tokens", sa.Integer(), nullable=False),
        sa.Column("bonus_tokens", sa.Integer(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=True),
        sa.Column(
            "idempotency_key",
            sqlmodel.sql.sqltypes.AutoString(length=100),
            nullable=False,
        ),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'refunded') = (refunded_at IS NOT NULL)",
            name=op.f("ck_purchases_refunded_has_time"),
        ),
        sa.CheckConstraint(
            "licence_kind IN ('standard', 'broadcast')",
            name=op.f("ck_purchases_licence_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('completed', 'refunded')", name=op.f("ck_purchases_status")
        ),
        sa.CheckConstraint(
            "(price_tokens = 0) = (transaction_id IS NULL)",
            name=op.f("ck_purchases_paid_has_transaction"),
        ),
        sa.CheckConstraint(
            "cardinality(file_ids) > 0", name=op.f("ck_purchases_gives_files")
        ),
        sa.CheckConstraint(
            "price_tokens >= 0 AND bonus_tokens BETWEEN 0 AND price_tokens",
            name=op.f("ck_purchases_price"),
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"],
            ["users.id"],
            name=op.f("fk_purchases_buyer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["audio_files.id"],
            name=op.f("fk_purchases_file_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pack_id"],
            ["packs.id"],
            name=op.f("fk_purchases_pack_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_purchases_transaction_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint(
            "buyer_id",
            "idempotency_key",
            name=op.f("uq_purchases_buyer_id_idempotency_key"),
        ),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_purchases_transaction_id")),
    )
    op.create_index(
        "ix_purchases_file_id",
        "purchases",
        ["file_id"],
        unique=False,
        postgresql_where=sa.text("file_id IS NOT NULL"),
    )
    op.create_index(
        "ix_purchases_pack_buyer", "purchases", ["pack_id", "buyer_id"], unique=False
    )
    op.create_table(
        "licences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "number",
            sa.BigInteger(),
            sa.Identity(always=True, start=10001),
            nullable=False,
        ),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "text_sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False
        ),
        sa.Column(
            "buyer_name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False
        ),
        sa.Column(
            "buyer_email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False
        ),
        sa.Column(
            "creator_name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False
        ),
        sa.Column(
            "pack_title", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False
        ),
        sa.Column("file_titles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("file_sha256s", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "issued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('standard', 'broadcast')", name=op.f("ck_licences_kind")
        ),
        sa.CheckConstraint(
            "cardinality(file_titles) = cardinality(file_sha256s)",
            name=op.f("ck_licences_each_file_has_sum"),
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"],
            ["purchases.id"],
            name=op.f("fk_licences_purchase_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["text_sha256"],
            ["licence_texts.sha256"],
            name=op.f("fk_licences_text_sha256"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
        sa.UniqueConstraint("number", name=op.f("uq_licences_number")),
        sa.UniqueConstraint("purchase_id", name=op.f("uq_licences_purchase_id")),
    )
    driver = op.get_bind()
    for name in ("20261122_ledger.sql", "20261122_search.sql", "20261122_limits.sql"):
        driver.exec_driver_sql((SQL_DIR / name).read_text().replace("%", "%%"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("licences")
    op.drop_index("ix_purchases_pack_buyer", table_name="purchases")
    op.drop_index(
        "ix_purchases_file_id",
        table_name="purchases",
        postgresql_where=sa.text("file_id IS NOT NULL"),
    )
    op.drop_table("purchases")
    op.drop_index(op.f("ix_plays_user_id"), table_name="plays")
    op.drop_index("ix_plays_time", table_name="plays")
    op.drop_index("ix_plays_pack_time", table_name="plays")
    op.drop_index(op.f("ix_plays_file_id"), table_name="plays")
    op.drop_table("plays")
    op.drop_index("ix_downloads_user_pack", table_name="downloads")
    op.drop_index(op.f("ix_downloads_pack_id"), table_name="downloads")
    op.drop_table("downloads")
    op.drop_index(op.f("ix_pack_tags_tag_slug"), table_name="pack_tags")
    op.drop_table("pack_tags")
    op.drop_table("licence_offers")
    op.drop_index(op.f("ix_audio_files_sha256"), table_name="audio_files")
    op.drop_index(
        "ix_audio_files_search", table_name="audio_files", postgresql_using="gin"
    )
    op.drop_index(
        "ix_audio_files_price",
        table_name="audio_files",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_audio_files_popular",
        table_name="audio_files",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_index("ix_audio_files_pack_facets", table_name="audio_files")
    op.drop_index(
        "ix_audio_files_newest",
        table_name="audio_files",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_audio_files_facets",
        table_name="audio_files",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_audio_files_duration",
        table_name="audio_files",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_audio_files_bpm",
        table_name="audio_files",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_table("audio_files")
    op.drop_index("ix_packs_search", table_name="packs", postgresql_using="gin")
    op.drop_index(
        "ix_packs_price",
        table_name="packs",
        postgresql_where=sa.text("status = 'published'"),
    )
    op.drop_index(
        "ix_packs_popular",
        table_name="packs",
        postgresql_where=sa.text("status = 'published'"),
    )
    op.drop_index(
        "ix_packs_newest",
        table_name="packs",
        postgresql_where=sa.text("status = 'published'"),
    )
    op.drop_index("ix_packs_keys", table_name="packs", postgresql_using="gin")
    op.drop_index(
        "ix_packs_genre_newest",
        table_name="packs",
        postgresql_where=sa.text("status = 'published'"),
    )
    op.drop_index(
        "ix_packs_duration",
        table_name="packs",
        postgresql_where=sa.text("status = 'published'"),
    )
    op.drop_index(op.f("ix_packs_creator_id"), table_name="packs")
    op.drop_index(
        "ix_packs_bpm",
        table_name="packs",
        postgresql_where=sa.text("status = 'published'"),
    )
    op.drop_table("packs")
    op.drop_index(op.f("ix_ledger_entries_account_id"), table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_table("wallets")
    op.drop_index(op.f("ix_sessions_user_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_expires_at"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_personal_tokens_user_id"), table_name="personal_tokens")
    op.drop_table("personal_tokens")
    op.drop_index(op.f("ix_password_resets_user_id"), table_name="password_resets")
    op.drop_table("password_resets")
    op.drop_index("ix_notifications_user_newest", table_name="notifications")
    op.drop_index(
        "ix_notifications_unread",
        table_name="notifications",
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.drop_table("notifications")
    op.drop_table("ledger_transactions")
    op.drop_index(
        "uq_ledger_accounts_owner",
        table_name="ledger_accounts",
        postgresql_nulls_not_distinct=True,
    )
    op.drop_table("ledger_accounts")
    op.drop_table("creators")
    op.drop_index("ix_activity_user_time", table_name="activity")
    op.drop_index(op.f("ix_activity_kind"), table_name="activity")
    op.drop_table("activity")
    op.drop_index("uq_users_email_lower", table_name="users")
    op.drop_table("users")
    op.drop_table("tags")
    op.drop_index("ix_rate_limit_hits_key_time", table_name="rate_limit_hits")
    op.drop_index(op.f("ix_rate_limit_hits_expires_at"), table_name="rate_limit_hits")
    op.drop_table("rate_limit_hits")
    op.drop_table("rate_limit_refusals")
    op.drop_table("licence_texts")
    op.drop_table("genres")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM askchopper_app"
    )
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM askchopper_app"
    )
