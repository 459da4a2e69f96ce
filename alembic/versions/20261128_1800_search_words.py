"""Search: genres are no words, "no kick" is not "kick", and drums are found by the names of drums."""

from pathlib import Path

from alembic import op

from askchopper import sql

revision = "7d2f9b3c1e84"
down_revision = "5c1e8a2f7b90"
_BEFORE = Path(__file__).parent.parent / "sql" / "20261128_pack_index_before.sql"
INSTALLED = {"pack_index": "99a8687194c9"}
_DRUMS = ("kick", "snare", "hat", "hats", "hihat", "clap", "rim", "percussion", "break", "tops", "toms", "cymbal", "shaker")
_REINDEX = "SELECT pack_index(id) FROM packs"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    sql.install(op.get_bind(), INSTALLED)
    words = ", ".join(f"('{name}', '{part}')" for name in ("drum", "drums") for part in _DRUMS)
    op.execute(f"INSERT INTO search_synonyms (word, means) VALUES {words} ON CONFLICT DO NOTHING")
    op.execute(_REINDEX)
    op.execute("SELECT search_recount()")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.get_bind().exec_driver_sql(_BEFORE.read_text().replace("%", "%%"))
    parts = ", ".join(f"'{part}'" for part in _DRUMS)
    op.execute(f"DELETE FROM search_synonyms WHERE word IN ('drum', 'drums') AND means IN ({parts})")  # noqa: S608 - constants
    op.execute(_REINDEX)
    op.execute("SELECT search_recount()")
