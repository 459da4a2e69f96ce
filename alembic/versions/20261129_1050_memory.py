"""Memory: a knowledge graph of each member, with facts, their sources, and what was forgotten."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a1f0c93d7be2"
down_revision = "e60a3d5b9f14"
IS_CONTRACT = False

_NOW = sa.text("now()")
_TEXT = sqlmodel.sql.sqltypes.AutoString()
_KINDS = "'genre', 'tempo', 'key', 'sound', 'gear', 'project', 'wish', 'dislike', 'name', 'note'"
_TABLES = (
    "conversation_gists", "memory_settings", "forgotten_messages", "forgotten_facts", "memory_relations", "memory_observations",
    "memory_entities",
)  # fmt: skip


def _time(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    if nullable:
        return sa.Column(name, sa.DateTime(timezone=True))
    return sa.Column(name, sa.DateTime(timezone=True), server_default=_NOW, nullable=False)


def _owner(
    table: str, column: str = "user_id", target: str = "users.id", on_delete: str = "CASCADE"
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=on_delete)


def _position() -> sa.Column[int]:
    return sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "memory_entities",
        sa.Column("id", sa.Uuid(), nullable=False),
        _position(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("entity_type", _TEXT, nullable=False),
        _time("created_at"),
        _owner("memory_entities"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_entities")),
    )
    op.create_index("uq_memory_entities_name", "memory_entities", ["user_id", "name"], unique=True)
    op.create_table(
        "memory_observations",
        sa.Column("id", sa.Uuid(), nullable=False),
        _position(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("content", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("origin", _TEXT, nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=200)),
        sa.Column("details", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("source_message_id", sa.Uuid()),
        sa.Column("version", sa.Integer(), nullable=False),
        _time("created_at"),
        _time("ended_at", nullable=True),
        sa.Column("ended_as", _TEXT),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_memory_observations_kind")),
        sa.CheckConstraint(
            "origin IN ('chat', 'member', 'client', 'import')", name=op.f("ck_memory_observations_origin")
        ),
        sa.CheckConstraint(
            "ended_as IN ('replaced', 'withdrawn', 'deleted')", name=op.f("ck_memory_observations_ended_as")
        ),
        sa.CheckConstraint("(ended_as IS NULL) = (ended_at IS NULL)", name=op.f("ck_memory_observations_ended")),
        _owner("memory_observations"),
        _owner("memory_observations", "entity_id", "memory_entities.id"),
        _owner("memory_observations", "source_message_id", "messages.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_observations")),
    )
    op.create_index(
        "uq_memory_observations_content", "memory_observations", ["entity_id", sa.text("md5(content)")], unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "uq_memory_observations_subject", "memory_observations", ["user_id", "subject"], unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND subject IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_memory_observations_user_newest", "memory_observations", ["user_id", sa.text("created_at DESC")],
        postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_memory_observations_source", "memory_observations", ["source_message_id"],
        postgresql_where=sa.text("source_message_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_memory_observations_ended",
        "memory_observations",
        ["ended_at"],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_table(
        "memory_relations",
        sa.Column("id", sa.Uuid(), nullable=False),
        _position(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("from_name", _TEXT, nullable=False),
        sa.Column("to_name", _TEXT, nullable=False),
        sa.Column("relation_type", _TEXT, nullable=False),
        _time("created_at"),
        _owner("memory_relations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_relations")),
    )
    op.create_index(
        "uq_memory_relations_ends",
        "memory_relations",
        ["user_id", "from_name", "to_name", "relation_type"],
        unique=True,
    )
    op.create_table(
        "forgotten_facts",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        _time("forgotten_at"),
        _owner("forgotten_facts"),
        sa.PrimaryKeyConstraint("user_id", "fingerprint", name=op.f("pk_forgotten_facts")),
    )
    op.create_table(
        "forgotten_messages",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _time("forgotten_at"),
        _owner("forgotten_messages", "message_id", "messages.id"),
        _owner("forgotten_messages"),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_forgotten_messages")),
    )
    op.create_index(op.f("ix_forgotten_messages_user_id"), "forgotten_messages", ["user_id"])
    op.create_table(
        "memory_settings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("offers_open_points", sa.Boolean(), nullable=False),
        _time("updated_at"),
        _owner("memory_settings"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_memory_settings")),
    )
    op.create_table(
        "conversation_gists",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("gist", _TEXT, nullable=False),
        sa.Column("words", _TEXT, nullable=False),
        sa.Column("is_written", sa.Boolean(), nullable=False),
        sa.Column("open_point", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("message_id", sa.Uuid()),
        _time("talked_at"),
        _time("created_at"),
        _owner("conversation_gists", "conversation_id", "conversations.id"),
        _owner("conversation_gists"),
        _owner("conversation_gists", "message_id", "messages.id", "SET NULL"),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conversation_gists")),
    )
    op.create_index("ix_conversation_gists_user_newest", "conversation_gists", ["user_id", sa.text("talked_at DESC")])
    op.create_index(
        "ix_conversation_gists_words",
        "conversation_gists",
        [sa.text("to_tsvector('english', words)")],
        postgresql_using="gin",
    )
    op.add_column(
        "conversations", sa.Column("uses_memory", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.add_column("messages", sa.Column("used", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("messages", "used")
    op.drop_column("conversations", "uses_memory")
    for table in _TABLES:
        op.drop_table(table)
