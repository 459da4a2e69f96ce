"""Artists: musicians that members ask about. They are not creators and sell nothing on this site."""

from dataclasses import dataclass
from datetime import date

from askchopper.schemas.catalogue import PackCard


@dataclass(frozen=True)
class ArtistSource:
    """A web page that supports facts; ``seen_on`` is None for our own data, ``published_on`` (ISO) is empty if the page has no date."""

    title: str
    url: str
    site: str
    seen_on: date | None = None
    published_on: str = ""


@dataclass(frozen=True)
class Statement:
    """A sentence of a biography with the number of its source, from 1."""

    text: str
    source: int = 1


@dataclass(frozen=True)
class Work:
    """A notable work."""

    title: str
    year: int
    source: int = 1


@dataclass(frozen=True)
class Artist:
    """An artist. ``genres`` are slugs, ``style`` terms of the glossary, ``sounds`` tags of packs."""

    slug: str
    name: str
    aliases: tuple[str, ...]
    genres: tuple[str, ...]
    style: tuple[str, ...]
    sounds: tuple[str, ...]
    works: tuple[Work, ...]
    biography: tuple[Statement, ...]
    sources: tuple[ArtistSource, ...]
    is_from_web: bool = False

    @property
    def summary(self) -> str:
        """The biography as one text."""
        return " ".join(sentence.text for sentence in self.biography)


@dataclass(frozen=True)
class SimilarArtist:
    """An artist with shared genres and style terms; ``why`` lists them."""

    slug: str
    name: str
    why: str


@dataclass(frozen=True)
class FittingPack:
    """A pack that fits an artist's style, and the reason."""

    card: PackCard
    why: str


@dataclass(frozen=True)
class ReportedArtist:
    """A reported artist page: open reports, their reasons, and whether the page was removed."""

    slug: str
    name: str
    reports: int
    reasons: tuple[str, ...]
    is_removed: bool


@dataclass(frozen=True)
class Namesake:
    """A term, pack or creator with the same name as an artist."""

    kind: str
    label: str
    path: str
