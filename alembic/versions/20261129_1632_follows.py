"""Follows, the feed, notifications about several people, and which notifications a member gets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from askchopper import sql

revision = "e07f5b29c3d4"
down_revision = "d48b0c6e2f91"
IS_CONTRACT = False
INSTALLED = {"follow_counted": "283d6eec83b6", "notify_group": "9fbc14b09e3e"}
_NOW = sa.text("now()")


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("creators", sa.Column("follower_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("notifications", sa.Column("group_key", sa.String(100)))
    op.add_column("notifications", sa.Column("actors", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False))
    op.create_index(
        "uq_notifications_group", "notifications", ["user_id", "group_key"], unique=True,
        postgresql_where=sa.text("read_at IS NULL AND group_key IS NOT NULL"),
    )
    op.create_table(
        "notification_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        _reference("notification_choices", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notification_choices")),
    )
    op.create_table(
        "follows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("creator_id", sa.Uuid()),
        sa.Column("tag_slug", sa.String(40)),
        sa.Column("collection_id", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint("num_nonnulls(creator_id, tag_slug, collection_id) = 1", name=op.f("ck_follows_one_target")),
        _reference("follows", "user_id", "users.id"),
        _reference("follows", "creator_id", "creators.id"),
        _reference("follows", "tag_slug", "tags.slug"),
        _reference("follows", "collection_id", "collections.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
    )
    for name, column in (("creator", "creator_id"), ("tag", "tag_slug"), ("collection", "collection_id")):
        op.create_index(
            f"uq_follows_{name}", "follows", [column, "user_id"], unique=True,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_index("ix_follows_user_newest", "follows", ["user_id", sa.text("id DESC")])
    op.create_table(
        "feed_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("creator_id", sa.Uuid()),
        sa.Column("pack_id", sa.Uuid()),
        sa.Column("draft_id", sa.Uuid()),
        sa.Column("collection_id", sa.Uuid()),
        sa.Column("search_id", sa.Uuid()),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.CheckConstraint(
            "kind IN ('pack', 'release', 'price', 'collection', 'search')", name=op.f("ck_feed_events_kind")
        ),
        _reference("feed_events", "creator_id", "creators.id"),
        _reference("feed_events", "pack_id", "packs.id"),
        _reference("feed_events", "draft_id", "drafts.id"),
        _reference("feed_events", "collection_id", "collections.id"),
        _reference("feed_events", "search_id", "saved_searches.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_events")),
        sa.UniqueConstraint("source", name=op.f("uq_feed_events_source")),
    )
    op.create_index("ix_feed_events_creator", "feed_events", ["creator_id", sa.text("id DESC")])
    op.create_index("ix_feed_events_created_at", "feed_events", ["created_at"])
    for column in ("pack_id", "draft_id", "collection_id", "search_id"):
        op.create_index(op.f(f"ix_feed_events_{column}"), "feed_events", [column])
    op.create_table(
        "feed_entries",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("follow_id", sa.Uuid()),
        _reference("feed_entries", "user_id", "users.id"),
        _reference("feed_entries", "event_id", "feed_events.id"),
        _reference("feed_entries", "follow_id", "follows.id"),
        sa.PrimaryKeyConstraint("user_id", "event_id", name=op.f("pk_feed_entries")),
    )
    op.create_index(op.f("ix_feed_entries_event_id"), "feed_entries", ["event_id"])
    op.create_index(op.f("ix_feed_entries_follow_id"), "feed_entries", ["follow_id"])
    op.create_table(
        "feed_readings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("read_until", sa.Uuid()),
        sa.Column("digest_at", sa.DateTime(timezone=True)),
        _reference("feed_readings", "user_id", "users.id"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_feed_readings")),
    )
    sql.install(op.get_bind(), INSTALLED)
    op.execute(
        "CREATE TRIGGER follows_counted AFTER INSERT OR DELETE ON follows FOR EACH ROW EXECUTE FUNCTION follow_counted()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in ("feed_readings", "feed_entries", "feed_events", "follows", "notification_choices"):
        op.drop_table(table)
    op.execute("DROP FUNCTION follow_counted()")
    op.execute("DROP FUNCTION notify_group(uuid, uuid, text, text, uuid, text, text, text, text)")
    op.drop_index("uq_notifications_group", "notifications")
    op.drop_column("notifications", "actors")
    op.drop_column("notifications", "group_key")
    op.drop_column("creators", "follower_count")
