"""Response models of the search. Field names are a public contract, documented by OpenAPI."""

from pydantic import BaseModel

from askchopper.api.responses import File, Pack, pack_fields
from askchopper.musical_key import MusicalKey
from askchopper.root_note import note_name
from askchopper.schemas import search as seek
from askchopper.schemas import search_filters
from askchopper.vocabulary import Certainty, Compatible, FileKind, LicenceKind, Owned, PackSort, TempoMatch


class FoundFile(File):
    """A matching sound: ``score`` from 0 to 1 for similarity searches, the reason in ``why``, and how it fits the reference."""

    score: float | None
    why: list[str]
    tempo_match: TempoMatch | None
    semitones: int | None
    stretch_percent: float | None

    @classmethod
    def of_hit(cls, hit: seek.Hit) -> "FoundFile":
        return cls(
            **File.of(hit.row).model_dump(), score=hit.score, why=list(hit.why), tempo_match=hit.tempo_match,
            semitones=hit.semitones, stretch_percent=hit.stretch_percent,
        )  # fmt: skip


class FoundPack(Pack):
    """A pack that is similar to another, with its score from 0 to 1."""

    score: float

    @classmethod
    def of_hit(cls, hit: seek.PackHit) -> "FoundPack":
        return cls(**pack_fields(hit.card), score=hit.score)  # pyright: ignore[reportArgumentType]


class UsedFilters(BaseModel):
    """The filters as parsed; inactive ones are null, empty or off."""

    text: str
    genre: str | None
    tags: list[str]
    kind: FileKind | None
    bpm_min: float | None
    bpm_max: float | None
    half_double: bool
    key: str | None
    or_keys: list[str]
    note: str | None
    or_notes: list[str]
    compatible: Compatible
    include_unknown: bool
    certainty: Certainty | None
    duration_min_seconds: float | None
    duration_max_seconds: float | None
    price_max_tokens: int | None
    licence: LicenceKind | None
    quality_min: int | None
    format: str | None
    creator: str | None
    owned: Owned | None
    hide_heard: bool
    like: str | None
    other_packs_only: bool
    sort: PackSort | None

    @classmethod
    def of(cls, filters: search_filters.Filters) -> "UsedFilters":
        return cls(
            **{
                name: getattr(filters, name)
                for name in cls.model_fields
                if hasattr(filters, name) and name not in {"key", "or_keys", "note", "or_notes"}
            },
            key=filters.key.name if filters.key else None,
            or_keys=[key.name for key in filters.or_keys],
            note=filters.note.name if filters.note else None,
            or_notes=[note.name for note in filters.or_notes],
            include_unknown=filters.has_unknown,
            hide_heard=filters.is_unheard,
            other_packs_only=filters.is_other_pack,
        )


class Correction(BaseModel):
    """The query as typed, and the correction that was searched instead."""

    typed: str
    searched: str


class Found(BaseModel):
    """Matching sounds with the parsed filters; an inactive filter is null or empty."""

    filters: UsedFilters
    items: list[FoundFile]
    next_cursor: str | None
    correction: Correction | None
    notes: list[str]

    @classmethod
    def of(cls, results: seek.Results) -> "Found":
        corrected = results.correction
        return cls(
            filters=UsedFilters.of(results.filters),
            items=[FoundFile.of_hit(hit) for hit in results.items],
            next_cursor=results.next_cursor,
            correction=Correction(typed=corrected.typed, searched=corrected.corrected) if corrected else None,
            notes=list(results.notes),
        )


class QuerySound(BaseModel):
    """Measurements of an uploaded sound; pass ``id`` as `like`. The sound itself is not stored."""

    id: str
    name: str
    kind: FileKind
    bpm: float | None
    key: str | None
    camelot: str | None
    note: str | None
    duration_seconds: float

    @classmethod
    def of(cls, facts: seek.QuerySoundFacts) -> "QuerySound":
        key = MusicalKey.parse(facts.key) if facts.key else None
        return cls(
            id=str(facts.id), name=facts.name, kind=facts.kind, bpm=facts.bpm, key=facts.key,
            camelot=key.camelot if key else None,
            note=None if facts.note is None else note_name(facts.note), duration_seconds=facts.duration_seconds,
        )  # fmt: skip
