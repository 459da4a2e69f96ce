"""A member's taste score of a pack or sound, as an SQL expression over the catalogue's tables."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Double, Integer, Text, Uuid, cast, column, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from askchopper.models.catalogue import audio_files, creators, packs
from askchopper.models.taste import taste_dismissals
from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.services.taste.preferences import Preferences
from askchopper.taste_vocabulary import TasteFacet

# Shares of the score. Genre and tempo decide whether a producer can use a sound; the creator has the same share as the tempo.
SHARES = {
    TasteFacet.GENRE: 0.36,
    TasteFacet.TEMPO: 0.22,
    TasteFacet.CREATOR: 0.22,
    TasteFacet.KEY: 0.12,
    TasteFacet.KIND: 0.03,
}
POPULARITY_SHARE = 0.05
# A sound without tempo or key is compatible with any, but ranks below one that matches a preference.
UNKNOWN = 0.3


def pack_score(liked: Preferences) -> ColumnElement[float]:
    """Return the SQL expression of the taste score of a row of ``packs``."""
    low, high = _tempo(liked, packs.c.bpm_min), _tempo(liked, packs.c.bpm_max)
    key = func.unnest(packs.c["keys"]).column_valued("key")
    best_key = select(func.max(_look_up(liked, TasteFacet.KEY, key))).scalar_subquery()
    return _sum(liked, packs, (low + high) / 2, func.coalesce(best_key, UNKNOWN), creator=packs.c.creator_id)


def file_score(liked: Preferences) -> ColumnElement[float]:
    """Return the SQL expression of the taste score of a row of ``audio_files``, without the creator, who is in another table."""
    key = func.coalesce(_look_up(liked, TasteFacet.KEY, audio_files.c.key), UNKNOWN)
    score = _sum(liked, audio_files, _tempo(liked, audio_files.c.bpm), key, creator=None)
    return score + SHARES[TasteFacet.KIND] * _look_up(liked, TasteFacet.KIND, audio_files.c.kind)


def is_allowed(liked: Preferences) -> list[ColumnElement[bool]]:
    """Return the SQL conditions that exclude packs of genres and creators for which the member chose "never"."""
    found: list[ColumnElement[bool]] = []
    if genres := liked.never.get(TasteFacet.GENRE):
        found.append(packs.c.genre_slug.not_in(genres))
    if creators := liked.never.get(TasteFacet.CREATOR):
        found.append(cast(packs.c.creator_id, Text).not_in(creators))
    return found


def is_known(user_id: uuid.UUID, pack_id: ColumnElement[uuid.UUID]) -> ColumnElement[bool]:
    """Return the SQL condition that a pack is the member's own, at least partly bought, or dismissed."""
    held = func.active_purchases(user_id).table_valued(column("pack_id", Uuid)).alias("held")
    made = select(packs.c.id).join(creators, creators.c.id == packs.c.creator_id).where(creators.c.user_id == user_id)
    dismissed = select(taste_dismissals.c.pack_id).where(taste_dismissals.c.user_id == user_id)
    return pack_id.in_(union_all(select(held.c.pack_id), made, dismissed))


def score_of(
    liked: Preferences, *, genre: str, bpm: float | None, key: str | None, creator_id: str = "", kind: str = ""
) -> float:
    """Return the taste score of a sound or pack with the given traits, without its popularity."""
    tempo = UNKNOWN
    if bpm and liked.tempo:
        tempo = liked.tempo[min(len(liked.tempo), max(1, round(bpm))) - 1]
    parts = {
        TasteFacet.GENRE: liked.of(TasteFacet.GENRE).get(genre, 0.0),
        TasteFacet.TEMPO: tempo,
        TasteFacet.CREATOR: liked.of(TasteFacet.CREATOR).get(creator_id, 0.0),
        TasteFacet.KEY: liked.of(TasteFacet.KEY).get(key, 0.0) if key else UNKNOWN,
        TasteFacet.KIND: liked.of(TasteFacet.KIND).get(kind, 0.0),
    }
    return sum(share * parts[facet] for facet, share in SHARES.items())


# Similarity scores within this step count as ties, which taste breaks.
TIE = 0.02


def break_ties(found: list[tuple[Any, float]], liking: Callable[[Any], float]) -> list[tuple[Any, float]]:
    """Sort items by score rounded to ``TIE``, best first, and ties by liking; the scores are unchanged."""
    return sorted(found, key=lambda pair: (-round(pair[1] / TIE), -liking(pair[0])))


def liking_of_sound(liked: Preferences, row: FileRow) -> float:
    """Return the taste score of a sound by its tempo, key and kind."""
    return score_of(liked, genre="", bpm=row.bpm, key=row.key, kind=row.kind.value)


def liking_of_pack(liked: Preferences, card: PackCard) -> float:
    """Return the taste score of a pack by its genre, mean tempo and, if it has only one, key."""
    bpm = None if card.bpm_min is None or card.bpm_max is None else (card.bpm_min + card.bpm_max) / 2
    return score_of(liked, genre=card.genre_slug, bpm=bpm, key=card.keys[0] if len(card.keys) == 1 else None)


def _sum(
    liked: Preferences, table: Any, tempo: ColumnElement[Any], key: ColumnElement[Any], *, creator: Any
) -> ColumnElement[float]:
    score = (
        SHARES[TasteFacet.GENRE] * _look_up(liked, TasteFacet.GENRE, table.c.genre_slug)
        + SHARES[TasteFacet.TEMPO] * tempo
        + SHARES[TasteFacet.KEY] * key
        + POPULARITY_SHARE * func.least(1.0, func.ln(1.0 + cast(table.c.popularity, Double)) / 8.0)
    )
    if creator is None:
        return score
    return score + SHARES[TasteFacet.CREATOR] * _look_up(liked, TasteFacet.CREATOR, cast(creator, Text))


def _look_up(liked: Preferences, facet: TasteFacet, column: Any) -> ColumnElement[Any]:
    """Return the SQL expression of the preference for a column's value; 0 if there is none."""
    values = cast(literal(json.dumps(liked.of(facet)), Text), JSONB)
    return func.coalesce(cast(values.op("->>", return_type=Text())(column), Double), 0.0)


def _tempo(liked: Preferences, column: Any) -> ColumnElement[Any]:
    if not liked.tempo:
        return literal(UNKNOWN, Double)
    place = cast(func.least(len(liked.tempo), func.greatest(1, func.round(column))), Integer) - 1
    listed = cast(literal(json.dumps(liked.tempo), Text), JSONB)
    return func.coalesce(cast(listed.op("->>", return_type=Text())(place), Double), UNKNOWN)
