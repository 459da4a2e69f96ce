"""Keys, tempos and kinds that were searched for within a genre, for the genre's trends."""

import sqlalchemy as sa
from alembic import op

revision = "c2d94e1b7f60"
down_revision = "f05c7a93d1b8"
IS_CONTRACT = False


def upgrade() -> None:
    op.create_table(
        "genre_search_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("genre", sa.String(40), nullable=False),
        sa.Column("dimension", sa.String(12), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "genre", "dimension", "value", name=op.f("pk_genre_search_days")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("genre_search_days")
