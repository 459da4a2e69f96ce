"""Checks whether the demo content exists, without importing the modules that render it.

``python -m askchopper serve --seed`` runs this at every start. Importing ``tools.demo.seed`` takes longer than the server itself,
since it brings in numpy, scipy and the analyser.
"""

import sqlalchemy as sa

from tools.demo.catalogue import PACKS

HISTORY_MARKER = "demo.history_written"

_IS_COMPLETE = sa.text("""
    SELECT (SELECT count(*) FROM packs WHERE status = 'published' AND slug = ANY(:slugs)) = cardinality(:slugs)
        AND EXISTS (SELECT FROM activity WHERE kind = :marker)
""")


def is_complete(database_url: str) -> bool:
    """Return whether all demo packs are published and the sales history is written; the database must be migrated."""
    engine = sa.create_engine(database_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        values = {"slugs": [pack.slug for pack in PACKS], "marker": HISTORY_MARKER}
        return bool(connection.execute(_IS_COMPLETE, values).scalar_one())
