"""Artists as JSON."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from askchopper import policy, routes
from askchopper.api.dependencies import MaybeViewer, SignedIn
from askchopper.api.responses import Pack, pack_fields
from askchopper.database import read_only, transaction
from askchopper.genres import GENRES
from askchopper.schemas.artists import Artist, FittingPack
from askchopper.services import limits
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import matching, pages, wording

router = APIRouter(tags=["learning"])


class Source(BaseModel):
    """A web page that supports the facts; ``seen_on`` is null for our own data."""

    title: str
    url: str
    site: str
    seen_on: str | None


class Cited(BaseModel):
    """A sentence of the biography with the number of its source, from 1."""

    text: str
    source: int


class Named(BaseModel):
    """A work with its year."""

    title: str
    year: int


class StyleTerm(BaseModel):
    """A term of the glossary."""

    term: str
    url: str


class Similar(BaseModel):
    """A similar artist and the reason."""

    slug: str
    name: str
    why: str
    url: str


class PackWithReason(Pack):
    """A pack that fits the artist's style, and the reason."""

    why: str

    @classmethod
    def of_match(cls, found: FittingPack) -> "PackWithReason":
        return cls(**pack_fields(found.card), why=found.why)  # pyright: ignore[reportArgumentType]


class ArtistPage(BaseModel):
    """An artist. ``packs`` match the artist's style; none is made or endorsed by the artist."""

    slug: str
    name: str
    url: str
    aliases: list[str]
    biography: str
    statements: list[Cited]
    works: list[Named]
    genres: list[str]
    style: list[StyleTerm]
    sources: list[Source]
    similar: list[Similar]
    packs: list[PackWithReason]
    packs_are: str

    @classmethod
    def of(
        cls, artist: Artist, similar: tuple[tuple[str, str, str], ...], packs: tuple[FittingPack, ...]
    ) -> "ArtistPage":
        return cls(
            slug=artist.slug, name=artist.name, url=routes.artist(artist.slug), aliases=list(artist.aliases), biography=artist.summary, statements=[Cited(text=one.text, source=one.source) for one in artist.biography],
            works=[Named(title=work.title, year=work.year) for work in artist.works], genres=[GENRES[slug] for slug in artist.genres],
            style=[StyleTerm(term=entry.term, url=routes.term(entry.slug)) for term in artist.style if (entry := glossary.get(term))],
            sources=[
                Source(title=one.title, url=one.url, site=one.site, seen_on=str(one.seen_on) if one.seen_on else None) for one in artist.sources
            ],
            similar=[Similar(slug=slug, name=name, why=why, url=routes.artist(slug)) for slug, name, why in similar],
            packs=[PackWithReason.of_match(one) for one in packs],
            packs_are=f"{wording.in_style(artist.name)}. {wording.disclaimer(artist.name)}",
        )  # fmt: skip


class Report(BaseModel):
    """The mistake that is reported."""

    reason: Annotated[str, Field(max_length=20 * policy.MAX_ARTIST_REPORT_CHARACTERS)]


@router.get("/artists/{slug}")
async def get_artist(viewer: MaybeViewer, slug: str) -> ArtistPage:
    """Return an artist, with packs that fit the style."""
    async with read_only() as session:
        artist = await pages.get(session, slug)
        return ArtistPage.of(artist, await pages.similar(session, artist), await matching.find(session, viewer, artist))


@router.post("/artists/{slug}/reports", status_code=204)
async def report_artist(viewer: SignedIn, slug: str, given: Report) -> Response:
    """Report a mistake on an artist's page. The page is hidden until the report has been reviewed."""
    await limits.hit((limits.REPORT, str(viewer.user_id)))
    async with transaction() as session:
        await pages.report(session, viewer, slug=slug, reason=given.reason)
    return Response(status_code=204)
