"""Packs in an artist's style, matched by genre, tempo, key and sound, each with its reason."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.catalogue import packs
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.artists import Artist, FittingPack
from askchopper.schemas.catalogue import PackCard
from askchopper.services.catalogue import cards
from askchopper.services.knowledge.artists import wording
from askchopper.services.knowledge.theory import tables

MOST = 6
_CANDIDATES = 120  # the most popular of the artist's genres
_MINOR, _MAJOR = ("minor scale", "harmonic minor"), ("major scale",)


async def find(
    session: AsyncSession, viewer: Viewer | None, artist: Artist, *, limit: int = MOST
) -> tuple[FittingPack, ...]:
    """Return the best matching packs of the artist's genres, without those whose text claims a connection with the artist."""
    rows = await session.execute(
        cards.select_packs(viewer)
        .where(cards.IS_PUBLISHED, packs.c.genre_slug.in_(artist.genres))
        .order_by(packs.c.popularity.desc(), packs.c.id.desc())
        .limit(_CANDIDATES)
    )
    found = [cards.pack_card(row) for row in rows]
    names = (artist.name, *artist.aliases)
    honest = [
        card
        for card in found
        if not any(wording.claims_connection(f"{card.title}. {card.summary}", name) for name in names)
    ]
    ranked = sorted(enumerate(honest), key=lambda pair: (-_score(artist, pair[1]), pair[0]))
    return tuple(FittingPack(card, _reason(artist, card)) for _, card in ranked[:limit])


def _score(artist: Artist, card: PackCard) -> float:
    genre = len(artist.genres) - artist.genres.index(card.genre_slug)
    return 2 * genre + 1.5 * len(_sounds(artist, card)) + _has_tempo(card) + bool(_mode(artist, card))


def _reason(artist: Artist, card: PackCard) -> str:
    facts = [card.genre]
    if _has_tempo(card) and card.bpm_min is not None and card.bpm_max is not None:
        low, high = round(card.bpm_min), round(card.bpm_max)
        facts[0] += f" at {low} BPM" if low == high else f" at {low} to {high} BPM"
    if mode := _mode(artist, card):
        facts.append(f"in {mode}")
    elif card.keys:
        facts.append(f"in {card.keys[0]}")
    if sounds := _sounds(artist, card):
        facts.append(" and ".join(sounds[:2]))
    return ", ".join(facts)


def _has_tempo(card: PackCard) -> bool:
    span = tables.GENRE_TEMPI.get(card.genre_slug)
    if span is None or card.bpm_min is None or card.bpm_max is None:
        return False
    return card.bpm_min <= span[1] and card.bpm_max >= span[0]


def _mode(artist: Artist, card: PackCard) -> str:
    """Return the mode of the artist's style if most keys of the pack have it; otherwise empty."""
    for terms, mode in ((_MINOR, "minor"), (_MAJOR, "major")):
        if any(term in artist.style for term in terms) and _most_are(card.keys, mode):
            return f"{mode} keys"
    return ""


def _most_are(keys: Sequence[str], mode: str) -> bool:
    return bool(keys) and 2 * sum(key.endswith(mode) for key in keys) > len(keys)


def _sounds(artist: Artist, card: PackCard) -> list[str]:
    return [sound for sound in artist.sounds if sound in card.tags]
