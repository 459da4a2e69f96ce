"""Music theory, the glossary and trends as JSON; and the sounds of demonstrations."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from askchopper import routes
from askchopper.api import files, ranges
from askchopper.api.dependencies import MaybeViewer, SignedIn
from askchopper.api.responses import File, List
from askchopper.database import read_only, transaction
from askchopper.integrations.blob_store import StoredFile
from askchopper.schemas.catalogue import FileRow
from askchopper.schemas.glossary import GlossaryEntry
from askchopper.schemas.resources import Resource
from askchopper.schemas.theory import TheoryAnswer
from askchopper.schemas.trends import Trends
from askchopper.services.knowledge import demonstrations, examples, glossary, resources
from askchopper.services.knowledge import trends as trend_service
from askchopper.services.knowledge.theory import questions

router = APIRouter(tags=["learning"])
media_router = APIRouter(include_in_schema=False)
_LONGEST_QUERY = 20_000  # only bounds the request; the service answers a query that is too long with a message
_Text = Annotated[str, Query(max_length=_LONGEST_QUERY)]


class TermSummary(BaseModel):
    """A glossary term in a list."""

    slug: str
    term: str
    aliases: list[str]
    topic: str
    summary: str
    url: str

    @classmethod
    def of(cls, entry: GlossaryEntry) -> "TermSummary":
        return cls(**_summary_fields(entry))  # pyright: ignore[reportArgumentType]


class RelatedTerm(BaseModel):
    """A link to a term."""

    slug: str
    term: str


class DemonstrationSounds(BaseModel):
    """A before and after sound of a term."""

    label: str
    listen: str
    before_url: str
    after_url: str


class Term(TermSummary):
    """A glossary term with its text and playable examples."""

    text: str
    tip: str
    related: list[RelatedTerm]
    examples: list[File]
    examples_are: str
    demonstrations: list[DemonstrationSounds]

    @classmethod
    def of_entry(cls, entry: GlossaryEntry, found: tuple[FileRow, ...]) -> "Term":
        related = [other for name in entry.related if (other := glossary.get(name))]
        return cls(
            **_summary_fields(entry),  # pyright: ignore[reportArgumentType]
            text=entry.text, tip=entry.tip, related=[RelatedTerm(slug=other.slug, term=other.term) for other in related],
            examples=[File.of(row) for row in found], examples_are="to_try_it_on" if entry.is_practice else "the_sound_itself",
            demonstrations=[
                DemonstrationSounds(
                    label=one.label, listen=one.listen,
                    before_url=routes.demo_sound(f"{one.name}-{demonstrations.BEFORE}"),
                    after_url=routes.demo_sound(f"{one.name}-{demonstrations.AFTER}"),
                )
                for one in demonstrations.of_term(entry.slug)
            ],
        )  # fmt: skip


def _summary_fields(entry: GlossaryEntry) -> dict[str, object]:
    return {
        "slug": entry.slug, "term": entry.term, "aliases": list(entry.aliases), "topic": entry.kind, "summary": entry.summary,
        "url": routes.term(entry.slug),
    }  # fmt: skip


@router.get("/theory")
async def theory(
    q: Annotated[
        _Text, Query(description="A question such as `Which chords are in F minor?` or `What goes with 8A?`.")
    ] = "",
) -> TheoryAnswer:
    """Answer a question about keys, scales, chords, tuning or tempo. `topic` is empty if the question was not understood."""
    return questions.answer(q)


@router.get("/glossary")
async def list_terms(
    q: Annotated[_Text, Query(description="A term, a part of it, or a question; typing errors are allowed.")] = "",
) -> List[TermSummary]:
    """Search the glossary, best match first; without `q`, list all terms by name."""
    found = glossary.search(q) if q.strip() else glossary.all_entries()
    return List(items=[TermSummary.of(entry) for entry in found], next_cursor=None)


@router.get("/glossary/{slug}")
async def get_term(viewer: MaybeViewer, slug: str) -> Term:
    """Return a term with its text, and sounds of the catalogue as examples."""
    entry = glossary.by_slug(slug)
    async with read_only() as session:
        found = await examples.of_terms(session, viewer, [entry.slug])
    return Term.of_entry(entry, found.get(entry.slug, ()))


@router.get("/resources")
async def list_resources(
    viewer: MaybeViewer,
    topic: Annotated[str, Query(max_length=40, description="A topic of the glossary, such as `mixing`.")] = "",
) -> List[Resource]:
    """List external learning pages, most helpful first."""
    async with read_only() as session:
        found = await resources.list_resources(session, viewer, topic=topic)
    return List(items=list(found), next_cursor=None)


@router.put("/resources/{slug}/helpful", status_code=204)
async def mark_helpful(viewer: SignedIn, slug: str) -> Response:
    """Mark a learning page as helpful."""
    async with transaction() as session:
        await resources.mark(session, viewer, slug=slug, is_helpful=True)
    return Response(status_code=204)


@router.delete("/resources/{slug}/helpful", status_code=204)
async def unmark_helpful(viewer: SignedIn, slug: str) -> Response:
    """Remove the viewer's mark from a learning page."""
    async with transaction() as session:
        await resources.mark(session, viewer, slug=slug, is_helpful=False)
    return Response(status_code=204)


class TrendsAnswer(BaseModel):
    """Trends and their data source."""

    source: str
    enough_activity: bool
    trends: Trends


@router.get("/trends")
async def trends(
    genre: Annotated[_Text, Query(description="A genre's name or slug; empty for all of them.")] = "",
) -> TrendsAnswer:
    """Return trends of this marketplace: the last seven days compared with the four weeks before."""
    async with read_only() as session:
        found = await trend_service.catalogue_trends(session, genre=genre)
    source = "Plays, downloads and sales of this marketplace only."
    return TrendsAnswer(source=source, enough_activity=not found.is_empty, trends=found)


@media_router.get(f"{routes.MEDIA_DEMO}/{{name}}.mp3")
@media_router.head(f"{routes.MEDIA_DEMO}/{{name}}.mp3", include_in_schema=False)
async def demo_sound(request: Request, name: str) -> Response:
    """Send a sound of a demonstration, with ranges for seeking."""
    content = await demonstrations.audio(name)
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"Cache-Control": files.PUBLIC_DAY, "ETag": etag, "Accept-Ranges": "bytes"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    try:
        span = ranges.parse_range(request, StoredFile(name, len(content), datetime.now(UTC), etag))
    except ranges.UnsatisfiableError:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{len(content)}"})
    if span is None:
        return Response(content, media_type="audio/mpeg", headers=headers)
    headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{len(content)}"
    return Response(content[span.start : span.end], status_code=206, media_type="audio/mpeg", headers=headers)
