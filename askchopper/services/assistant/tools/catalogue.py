"""Tools that search the catalogue."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field

from askchopper.database import search_session
from askchopper.errors import NotFoundError
from askchopper.plurals import counted
from askchopper.root_note import note_name
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.schemas.search import Hit
from askchopper.schemas.search_filters import PACK_PREFIX, Filters
from askchopper.schemas.taste import Reason
from askchopper.services.assistant.rendering import PACK, SOUND
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.catalogue import detail
from askchopper.services.search import engine, queries, similar, taste_traits

MOST = 12
_Ref = Annotated[str, Field(max_length=120, description="A `ref` of an earlier result: `pack:…` or `sound:…`.")]


class SearchArguments(Arguments):
    """Arguments of ``search_packs``: free text and filters."""

    query: str = Field("", description="Plain words, such as `dark trap 140 bpm c minor under 30 s`.")
    what: Literal["packs", "sounds"] = Field("packs", description="Whole packs, or single sounds.")
    genre: str = Field("", description="A genre's name or slug.")
    tags: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list[str], max_length=6)
    kind: Literal["", "loop", "one-shot", "track"] = ""
    bpm_min: float | None = Field(None, ge=20, le=400)
    bpm_max: float | None = Field(None, ge=20, le=400)
    key: str = Field("", max_length=20, description="Such as `Am`, `F# minor` or `8A`.")
    note: str = Field(
        "", max_length=5, description="Root note of one-shots, such as `F`, `G#` or `F1`; with a key, either may match."
    )
    compatible: Literal["off", "strict", "wide"] = Field("off", description="Also keys that mix with `key`.")
    half_double: Literal["on", "off"] = Field("on", description="Off: no sounds of half or double the tempo.")
    unknown: Literal["on", "off"] = Field("off", description="On: also sounds of which tempo or key is not known.")
    duration_min: float | None = Field(None, ge=0, le=7200, description="Shortest length in seconds.")
    duration_max: float | None = Field(None, ge=0, le=7200, description="Longest length in seconds.")
    price_max: int | None = Field(None, ge=0, le=999_999, description="Highest price in tokens; 0 for free.")
    creator: str = Field("", max_length=60, description="A creator's name.")
    licence: Literal["", "standard", "broadcast"] = Field("", description="A licence that is offered.")
    format: Literal["", "wav", "aiff", "flac", "mp3", "ogg", "m4a"] = ""
    quality_min: int | None = Field(None, ge=0, le=100, description="80 is high.")
    owned: Literal["", "hide", "only"] = ""
    heard: Literal["", "hide"] = Field("", description="Hide: leave out what the person has heard.")
    like: str = Field("", max_length=120, description="`ref` of a pack or sound that the results should sound like.")
    fits: str = Field(
        "", max_length=120, description="`ref` of a pack or sound to go with: ranked by tempo, key and role."
    )
    sort: Literal["relevance", "newest", "popular", "price", "bpm", "duration", "for-you"] = "relevance"
    limit: int = Field(6, ge=1, le=MOST)

    def in_short(self) -> str:
        """Return the filters as a short label: the tempo as one range, a price of 0 as free."""
        tempo = _span_in_short(self.bpm_min, self.bpm_max, "BPM")
        length = _span_in_short(self.duration_min, self.duration_max, "s")
        price = f"up to {counted(self.price_max, 'token')}" if self.price_max else "free" if self.price_max == 0 else ""
        key = f"{self.key} and what mixes" if self.key and self.compatible != "off" else self.key
        maker = self.creator and f"by {self.creator}"
        said = (
            self.query,
            self.genre,
            *self.tags,
            self.kind,
            tempo,
            key,
            self.note and f"root {self.note}",
            length,
            price,
            maker,
            self.licence,
            self.format,
        )
        return ", ".join(words for words in said if words)[:80]

    def as_query(self) -> dict[str, str]:
        """Return the filters as URL parameters."""
        apart = {"query", "what", "limit", "tags", "creator"}
        given = self.model_dump(mode="json", exclude=apart, exclude_defaults=True)
        query = {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in given.items()}
        if self.like:
            query |= {"like": self.like.removeprefix(SOUND), "same_pack": "hide"}
        if self.fits:
            query |= {"fits": self.fits.removeprefix(SOUND)}
        words = f"{self.query} by {self.creator}" if self.creator else self.query  # a name is looked up with its words
        return {**query, "q": words, "tags": ",".join(self.tags)}


def _span_in_short(low: float | None, high: float | None, unit: str) -> str:
    if low is None or high is None:
        return f"up to {high:g} {unit}" if high is not None else f"from {low:g} {unit}" if low is not None else ""
    span = f"{low:g}" if low == high else f"{low:g}-{high:g}"
    return span if unit == "BPM" else f"{span} {unit}"


async def search_packs(viewer: Viewer, wanted: SearchArguments, _page: PageContext) -> Outcome:
    """Search like the browse page, with the viewer's permissions; if no pack matches, search sounds.

    Without results, the content says how many sounds each filter excludes and which words are unknown.
    """
    async with search_session() as session:
        understood = await engine.understand(session, viewer, wanted.as_query())
        filters, notes = await taste_traits.by_taste(session, viewer, understood.filters), list(understood.notes)
        if notes and filters.like is None:  # "like my last download" without any download
            return Outcome({"items": [], "notes": notes, "sounds_without": {}, "unfound_words": ()}, _found(0))
        items: list[dict[str, Any]] = []
        content: dict[str, Any] = {}
        if wanted.what == "packs" and filters.like is None and filters.fits is None:
            page = await queries.list_packs(session, viewer, filters=filters, limit=wanted.limit)
            reasons = await taste_traits.reasons(session, viewer, filters, [pack.slug for pack in page.items])
            items = [
                pack_facts(pack) | ({"why": reasons[pack.slug].why} if pack.slug in reasons else {})
                for pack in page.items
            ]
        if wanted.creator and filters.creator is None:
            notes.append(f"There is no creator called {wanted.creator}.")
        if not items:
            results = await engine.find_files(session, viewer, filters=filters, limit=wanted.limit)
            reasons = await taste_traits.reasons(session, viewer, filters, {hit.row.pack.slug for hit in results.items})
            items = [
                {**sound_facts(hit.row), "why": _why(hit, reasons.get(hit.row.pack.slug))} for hit in results.items
            ]
            notes += results.notes
            if results.correction:
                content["correction"] = asdict(results.correction)
                notes.append(f"Searched for {results.correction.corrected} instead of {results.correction.typed}.")
        if not items:
            content["sounds_without"] = await engine.counts_without(session, viewer, filters, of_files=True)
            content["unfound_words"] = await engine.missing_terms(session, viewer, filters.text)
    return Outcome({"items": items, "notes": notes, **content}, _found(len(items)), _refs(items))


class SimilarArguments(Arguments):
    """Arguments of ``find_similar``: the reference item."""

    ref: _Ref
    what: Literal["packs", "sounds"] = "sounds"
    bpm_min: float | None = Field(None, ge=20, le=400)
    bpm_max: float | None = Field(None, ge=20, le=400)
    price_max: int | None = Field(None, ge=0, le=999_999)
    limit: int = Field(6, ge=1, le=MOST)


async def find_similar(viewer: Viewer, wanted: SimilarArguments, _page: PageContext) -> Outcome:
    """List packs similar to a pack or sound, or similar sounds of other packs, with a score from 0 to 1.

    Raises:
        NotFoundError: the viewer may not see the pack or sound.
    """
    target_id = wanted.ref.removeprefix(SOUND) if wanted.ref.startswith(SOUND) else wanted.ref
    async with search_session() as session:
        like = await similar.target(session, viewer, target_id)
        if wanted.what == "packs":
            hits = await similar.similar_packs(session, viewer, like, limit=wanted.limit)
            items = [{**pack_facts(hit.card), "score": round(hit.score, 2)} for hit in hits]
        else:
            filters = Filters(
                bpm_min=wanted.bpm_min,
                bpm_max=wanted.bpm_max,
                price_max_tokens=wanted.price_max,
                is_other_pack=True,
            )
            found = await similar.similar_files(session, viewer, like, filters=filters, limit=wanted.limit)
            items = [{**sound_facts(row), "score": round(score, 2)} for row, score in found]
    return Outcome({"like": like.label, "items": items}, _found(len(items)), _refs(items))


class PackArguments(Arguments):
    """Arguments of ``pack_details``."""

    pack: str = Field(max_length=120, description="Its `ref` or slug.")


async def pack_details(viewer: Viewer, wanted: PackArguments, _page: PageContext) -> Outcome:
    """Return the contents of a pack and its current price for this viewer."""
    async with search_session() as session:
        pack = await detail.get_pack(session, viewer, slug=wanted.pack.removeprefix(PACK_PREFIX))
    facts = pack_facts(pack.card) | {
        "description": pack.description[:1500],
        "sound_count": pack.card.file_count,
        "offers": [
            {"licence": offer.title, "costs_now_tokens": offer.missing_price_tokens, "terms": offer.sentence}
            for offer in pack.offers
        ],
        "sounds": [sound_facts(row) for row in pack.files[:40]],
    }
    return Outcome(facts, pack.card.title, (f"{PACK}{pack.card.slug}",))


class FileArguments(Arguments):
    """Arguments of ``file_details``."""

    ref: _Ref


async def file_details(viewer: Viewer, wanted: FileArguments, _page: PageContext) -> Outcome:
    """Return a sound with its measurements and price, as facts for the model."""
    async with search_session() as session:
        row = await detail.get_file(session, viewer, file_id=wanted.ref.removeprefix(SOUND))
    return Outcome(sound_facts(row), row.title, (f"{SOUND}{row.id}",))


def pack_facts(pack: PackCard) -> dict[str, Any]:
    """Return a pack as facts for the model."""
    return {
        "ref": f"{PACK}{pack.slug}",
        "title": pack.title,
        "creator": pack.creator.name,
        "genre": pack.genre,
        "tags": list(pack.tags),
        "summary": pack.summary,
        "bpm": [pack.bpm_min, pack.bpm_max],
        "keys": list(pack.keys)[:12],
        "sounds": pack.file_count,
        "price_tokens": pack.price_tokens,
        "owned": pack.owned,
    }


def sound_facts(row: FileRow) -> dict[str, Any]:
    """Return a sound as facts for the model."""
    return {
        "ref": f"{SOUND}{row.id}",
        "title": row.title,
        "pack": row.pack.title,
        "pack_ref": f"{PACK}{row.pack.slug}",
        "creator": row.creator.name,
        "kind": row.kind.value,
        "bpm": row.bpm,
        "key": row.key,
        "root_note": None if row.note is None else note_name(row.note),
        "seconds": round(row.duration_seconds, 2),
        "price_tokens": row.price_tokens,
        "owned": row.owned,
    }


def checked_ref(ref: str) -> str:
    """Require a ref to start like that of a pack or sound; it need not exist.

    Raises:
        NotFoundError: it does not.
    """
    if ref.startswith((PACK, SOUND)):
        return ref
    raise NotFoundError("Specify a pack or a sound by its ref.")


def _why(hit: Hit, reason: Reason | None) -> str:
    return ", ".join([*hit.why, *([reason.why] if reason else [])])


def _refs(items: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(str(item["ref"]) for item in items)


def _found(count: int) -> str:
    return "nothing found" if not count else f"{count} found"


TOOLS = (
    Tool(
        "search_packs", "Searching packs", "Searched packs", "search", 5.0,
        "Search what is for sale. Give plain words in `query`, filters only where the question names them. "
        "Results carry a `ref` to show or compare them by.",
        SearchArguments, search_packs,
    ),
    Tool(
        "find_similar", "Looking for similar ones", "Looked for similar ones", "audio-lines", 5.0,
        "Find what sounds like a pack or sound that an earlier result named.",
        SimilarArguments, find_similar,
    ),
    Tool(
        "pack_details", "Reading a pack", "Read a pack", "package", 5.0,
        "Read all about one pack: description, licences with what they cost this person now, sounds.",
        PackArguments, pack_details,
    ),
    Tool(
        "file_details", "Reading a sound", "Read a sound", "file-audio", 5.0,
        "Read what is known of one sound.",
        FileArguments, file_details,
    ),
)  # fmt: skip
