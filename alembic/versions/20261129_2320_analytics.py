"""Analytics: events of packs, their inbox, the figures they are added to, and the triggers that record purchases and likes."""

import sqlalchemy as sa
from alembic import op

from askchopper import policy, sql

revision = "b3d8e05f6a17"
down_revision = "a90c4f7be215"
IS_CONTRACT = False
INSTALLED = {
    "visitor_salt": "e744920a3b33",
    "known_zone": "da5a2ed6aeab",
    "visitor_of": "d7571e3d8fcd",
    "pack_event_of_purchase": "768f0b281265",
    "pack_event_of_download": "10d0c6d432b0",
    "pack_event_of_like": "9de047bab816",
    "pack_event_of_collection": "8a91c1065287",
    "pack_event_partitions": "191b3ee7403d",
}
_TRIGGERS = (
    ("purchases", "bought", "INSERT", "", "purchase"),
    ("purchases", "refunded", "UPDATE OF status", "WHEN (OLD.status <> NEW.status AND NEW.status = 'refunded')", "purchase"),
    ("downloads", "recorded", "INSERT", "", "download"),
    ("likes", "recorded", "INSERT OR DELETE", "", "like"),
    ("collection_items", "recorded", "INSERT OR DELETE", "", "collection"),
)
_BACKFILLED = ("plays", "purchases", "refunds", "downloads", "likes", "collection_items")
_LATEST = "interval '10 minutes'"  # longer than any transaction
_COPY_LATEST = (
    "INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, gross_tokens, fee_tokens, purchase_id)"
    " SELECT b.created_at, 'bought', ARRAY[b.pack_id], b.file_id, b.price_tokens, platform_fee(b.price_tokens, b.seller_share_percent), b.id"
    " FROM purchases b WHERE b.created_at",
    "INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, gross_tokens, fee_tokens, purchase_id)"
    " SELECT b.refunded_at, 'refunded', ARRAY[b.pack_id], b.file_id, b.price_tokens, platform_fee(b.price_tokens, b.seller_share_percent), b.id"
    " FROM purchases b WHERE b.refunded_at",
    "INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, country)"
    " SELECT d.created_at, 'downloaded', ARRAY[d.pack_id], d.file_id, coalesce(d.country, '') FROM downloads d WHERE d.created_at",
    "INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id)"
    " SELECT l.created_at, 'liked', ARRAY[l.pack_id], l.file_id FROM likes l WHERE l.created_at",
    "INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id)"
    " SELECT i.created_at, 'collected', ARRAY[coalesce(i.pack_id, f.pack_id)], i.file_id"
    " FROM collection_items i LEFT JOIN audio_files f ON f.id = i.file_id"
    " WHERE coalesce(i.pack_id, f.pack_id) IS NOT NULL AND i.created_at",
)
_TABLES = (
    "search_outcomes",
    "audience_groups", "stop_counts", "daily_listeners", "daily_breakdowns", "daily_figures", "hourly_figures",
    "visitor_salts", "pack_event_backfills", "pack_events", "pack_event_inbox",
)  # fmt: skip


def _event_columns() -> list[sa.Column]:
    return [
        sa.Column("happened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("pack_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("file_id", sa.Uuid()),
        sa.Column("visitor", sa.BigInteger()),
        *(
            sa.Column(name, sa.String(length), server_default="", nullable=False)
            for name, length in (("country", 2), ("device", 10), ("source", 12), ("term", 60))
        ),
        sa.Column("amount", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("seconds", sa.REAL(), server_default="0", nullable=False),
        sa.Column("stopped_at", sa.REAL()),
        sa.Column("is_complete", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("gross_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fee_tokens", sa.Integer(), server_default="0", nullable=False),
        sa.Column("purchase_id", sa.Uuid()),
    ]


def _figure_columns() -> list[sa.Column]:
    counts = ("shown", "opened", "played", "liked", "collected", "bought", "downloaded", "refunded", "completed")
    return [
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in counts),
        sa.Column("seconds", sa.Float(), server_default="0", nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("gross_tokens", "fee_tokens", "refunded_tokens")
        ),
    ]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("creators", sa.Column("time_zone", sa.String(40), server_default="UTC", nullable=False))
    op.add_column("creators", sa.Column("figures_mailed_at", sa.DateTime(timezone=True)))
    op.add_column("plays", sa.Column("has_event", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    _create_events()
    _create_figures()
    sql.install(op.get_bind(), INSTALLED)
    op.execute(f"SELECT pack_event_partitions({policy.ANALYTICS_EVENT_MONTHS})")
    for table, name, event, when, function in _TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION pack_event_of_{function}()"
        )
    # The triggers record every later row. A transaction that waits for their locks has taken its time before, so recent rows
    # are copied under the locks, and older ones by the first rollups.
    for source in _BACKFILLED:
        op.execute(f"INSERT INTO pack_event_backfills (source, until) VALUES ('{source}', now() - {_LATEST})")  # noqa: S608 - constants
    for statement in _COPY_LATEST:
        op.execute(f"{statement} >= now() - {_LATEST}")


def _create_events() -> None:
    op.create_table(
        "pack_event_inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_event_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_event_inbox")),
    )
    op.create_table(
        "pack_events",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *_event_columns(),
        sa.CheckConstraint(
            "kind IN ('shown', 'opened', 'played', 'liked', 'collected', 'bought', 'downloaded', 'refunded')",
            name=op.f("ck_pack_events_kind"),
        ),
        sa.PrimaryKeyConstraint("id", "happened_at", name=op.f("pk_pack_events")),
        postgresql_partition_by="RANGE (happened_at)",
    )
    op.execute("CREATE TABLE pack_events_default PARTITION OF pack_events DEFAULT")
    op.create_index(
        "ix_pack_events_purchase", "pack_events", ["purchase_id"], postgresql_where=sa.text("purchase_id IS NOT NULL")
    )
    op.create_index("ix_pack_events_visitor", "pack_events", ["visitor", "happened_at"])
    op.create_table(
        "pack_event_backfills",
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("position", sa.Uuid(), server_default=sa.text("'00000000-0000-0000-0000-000000000000'"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_pack_event_backfills")),
    )
    op.create_table(
        "search_outcomes",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.Column("followed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_search_outcomes")),
    )
    op.create_table(
        "visitor_salts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_visitor_salts")),
    )


def _create_figures() -> None:
    op.create_table(
        "hourly_figures",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        *_figure_columns(),
        sa.PrimaryKeyConstraint("subject_id", "hour", name=op.f("pk_hourly_figures")),
    )
    op.create_table(
        "daily_figures",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *_figure_columns(),
        sa.Column("listeners", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "day", name=op.f("pk_daily_figures")),
    )
    op.create_table(
        "daily_breakdowns",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("dimension", sa.String(10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.String(60), nullable=False),
        *_figure_columns(),
        sa.CheckConstraint(
            "dimension IN ('country', 'device', 'source', 'term', 'price')", name=op.f("ck_daily_breakdowns_dimension")
        ),
        sa.PrimaryKeyConstraint("subject_id", "dimension", "day", "value", name=op.f("pk_daily_breakdowns")),
    )
    op.create_table(
        "daily_listeners",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visitor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "day", "visitor", name=op.f("pk_daily_listeners")),
    )
    op.create_table(
        "stop_counts",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("stops", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "part", name=op.f("pk_stop_counts")),
    )
    op.create_table(
        "audience_groups",
        sa.Column("creator_id", sa.Uuid(), nullable=False),
        sa.Column("trait", sa.String(10), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.CheckConstraint("trait IN ('genre', 'tempo', 'key')", name=op.f("ck_audience_groups_trait")),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.id"], name=op.f("fk_audience_groups_creator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("creator_id", "trait", "value", name=op.f("pk_audience_groups")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table, name, *_ in _TRIGGERS:
        op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
    for name in ("purchase", "download", "like", "collection"):
        op.execute(f"DROP FUNCTION pack_event_of_{name}()")
    op.execute("DROP FUNCTION pack_event_partitions(integer)")
    op.execute("DROP FUNCTION visitor_of(uuid, timestamptz)")
    op.execute("DROP FUNCTION visitor_salt(date)")
    op.execute("DROP FUNCTION known_zone(text)")
    for table in _TABLES:
        op.drop_table(table)
    op.drop_column("plays", "has_event")
    op.drop_column("creators", "figures_mailed_at")
    op.drop_column("creators", "time_zone")
