"""Stars of a pack kept as counts, comments by moment from an index, and who paid an order."""

import sqlalchemy as sa
from alembic import op

revision = "d41f7c2ae963"
down_revision = "c7a40d19e52b"
IS_CONTRACT = False
_COUNT = """
    UPDATE packs SET rating_counts = counted.by_stars FROM (
        SELECT pack_id, ARRAY[
            count(*) FILTER (WHERE stars = 1), count(*) FILTER (WHERE stars = 2), count(*) FILTER (WHERE stars = 3),
            count(*) FILTER (WHERE stars = 4), count(*) FILTER (WHERE stars = 5)] AS by_stars
        FROM ratings WHERE hidden_at IS NULL GROUP BY pack_id
    ) counted WHERE counted.pack_id = packs.id
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("packs", sa.Column("rating_counts", sa.ARRAY(sa.Integer()), server_default="{0,0,0,0,0}", nullable=False))
    op.execute(_COUNT)
    op.create_index(
        "ix_comments_moment", "comments", [sa.text("coalesce(file_id, pack_id)"), "at_seconds", "id"],
        postgresql_where=sa.text("parent_id IS NULL AND at_seconds IS NOT NULL"),
    )
    op.create_index(
        "ix_comments_shown", "comments", ["pack_id"],
        postgresql_where=sa.text("parent_id IS NULL AND deleted_at IS NULL AND hidden_at IS NULL"),
    )
    op.add_column("token_orders", sa.Column("payer_hashes", sa.ARRAY(sa.String(64)), server_default="{}", nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("token_orders", "payer_hashes")
    op.drop_index("ix_comments_shown", table_name="comments")
    op.drop_index("ix_comments_moment", table_name="comments")
    op.drop_column("packs", "rating_counts")
