"""The built-in table of artists: look-up by name, and similar artists."""

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from askchopper.genres import GENRES
from askchopper.schemas.artists import Artist, ArtistSource, SimilarArtist, Statement, Work
from askchopper.services.knowledge import glossary

MAX_NAME = 80
MAX_SENTENCES = 3
SIMILAR = 4
_LEAST_FOR_TYPO = 7  # letters: shorter names have too many neighbours
_PATH = Path(__file__).with_name("artists.toml")
_NO_SLUG = re.compile(r"[^a-z0-9]+")
_GENRE_WORTH, _STYLE_WORTH = 2, 1


def slug_of(name: str) -> str:
    """Return the slug of a name, such as ``hildur-gudnadottir``."""
    plain = name.translate(str.maketrans({"ð": "d", "Ð": "D", "ø": "o", "Ø": "O", "þ": "th"}))
    letters = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return _NO_SLUG.sub("-", letters.casefold().replace("'", "")).strip("-")[:MAX_NAME]


def by_slug(slug: str) -> Artist | None:
    """Return an artist of the table; None if there is none."""
    return _load().get(slug[:MAX_NAME])


def every() -> tuple[Artist, ...]:
    """Return all artists, in table order."""
    return tuple(_load().values())


def find(name: str, *, allows_slip: bool = True) -> Artist | None:
    """Return the artist with a name or alias; optionally allows one typo in a long name. None if there is none."""
    key = _key(name)
    if not key:
        return None
    known = _by_key()
    if key in known or not allows_slip or len(key) < _LEAST_FOR_TYPO:
        return known.get(key)
    nearest = process.extractOne(key, known.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=1)
    return known[nearest[0]] if nearest else None


def similar(artist: Artist) -> tuple[SimilarArtist, ...]:
    """Return up to ``SIMILAR`` artists who share a genre and most genres and stylistic terms, each with the reason."""
    ranked: list[tuple[int, SimilarArtist]] = []
    for other in every():
        genres = [GENRES[slug] for slug in artist.genres if slug in other.genres]
        style = [term for term in artist.style if term in other.style]
        if other.slug == artist.slug or not genres:
            continue
        worth = _GENRE_WORTH * len(genres) + _STYLE_WORTH * len(style) + (artist.genres[0] == other.genres[0])
        ranked.append((worth, SimilarArtist(other.slug, other.name, _why(genres, style))))
    ranked.sort(key=lambda pair: (-pair[0], pair[1].name))
    return tuple(one for _, one in ranked[:SIMILAR])


def _why(genres: list[str], style: list[str]) -> str:
    means = f"; {', '.join(style[:2])}" if style else ""
    return f"Also {', '.join(genres[:2]).lower()}{means}"


def _key(name: str) -> str:
    words = slug_of(name[: 2 * MAX_NAME]).split("-")
    return "".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


@lru_cache(maxsize=1)
def _by_key() -> dict[str, Artist]:
    known: dict[str, Artist] = {}
    for artist in every():
        for name in (artist.name, *artist.aliases):
            if known.setdefault(_key(name), artist) is not artist:
                raise ValueError(f"Artists: {name!r} is the name of two.")
    return known


@lru_cache(maxsize=1)
def _load() -> dict[str, Artist]:
    """Load and validate the table, by slug; an error in the file raises ``ValueError`` at first use."""
    rows: list[dict[str, Any]] = tomllib.loads(_PATH.read_text(encoding="utf-8"))["artists"]
    found = {artist.slug: artist for artist in map(_artist, rows)}
    if len(found) < len(rows):
        raise ValueError("Artists: two have the same address.")
    return found


def _artist(row: dict[str, Any]) -> Artist:
    sentences: list[str] = row["biography"]
    source = ArtistSource(f"{row['name']} on Wikipedia", row["source"], "en.wikipedia.org")
    artist = Artist(
        slug_of(row["name"]), row["name"], tuple(row.get("aliases", ())), tuple(row["genres"]), tuple(row["style"]), tuple(row["sounds"]),
        tuple(Work(title, year) for title, year in row.get("works", ())), tuple(Statement(text) for text in sentences), (source,),
    )  # fmt: skip
    is_known = artist.genres and set(artist.genres) <= set(GENRES) and all(glossary.get(term) for term in artist.style)
    if not is_known or len(sentences) > MAX_SENTENCES or not row["source"].startswith("https://"):
        raise ValueError(
            f"Artists: {artist.name!r} has a genre or term that does not exist, a long text, or no source."
        )
    return artist
