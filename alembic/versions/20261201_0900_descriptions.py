"""Search: the description of a pack finds the pack, and no longer each of its sounds."""

from pathlib import Path

from alembic import op

from askchopper import sql

revision = "e4b7190d6c52"
down_revision = "a86d2e40b715"
IS_CONTRACT = False
_BEFORE = Path(__file__).parent.parent / "sql" / "20261201_pack_index_before.sql"
INSTALLED = {"pack_index": "a1094a54dc9f"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    sql.install(op.get_bind(), INSTALLED)
    # What pack_index writes now, without reading titles and tags; the vocabulary never counted descriptions.
    op.execute("UPDATE audio_files SET search = ts_filter(search, '{a,b,c}') WHERE search IS NOT NULL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.get_bind().exec_driver_sql(_BEFORE.read_text().replace("%", "%%"))
    op.execute("SELECT pack_index(id) FROM packs")
    op.execute("SELECT search_recount()")
