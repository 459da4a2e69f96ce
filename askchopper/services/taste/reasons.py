"""Sentences about taste: the signals behind a value, and the reason for a recommended pack."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from askchopper.genres import GENRES
from askchopper.plurals import counted
from askchopper.services.taste.preferences import Evidence, Preferences
from askchopper.taste_vocabulary import TasteFacet, TasteSignal

_NOUNS = {
    TasteSignal.PURCHASE: ("purchase", "purchases"),
    TasteSignal.DOWNLOAD: ("download", "downloads"),
    TasteSignal.LIKE: ("like", "likes"),
    TasteSignal.PLAY: ("play", "plays"),
    TasteSignal.REPLAY: ("replay", "replays"),
    TasteSignal.SEARCH: ("search", "searches"),
    TasteSignal.CHAT: ("question", "questions"),
    TasteSignal.FACT: ("thing you told us", "things you told us"),
    TasteSignal.SKIP: ("skip", "skips"),
    TasteSignal.DISMISSAL: ("dismissed pack", "dismissed packs"),
    TasteSignal.REFUND: ("refund", "refunds"),
    TasteSignal.IMPORT: ("imported value", "imported values"),
}
_VERBS = {
    TasteSignal.PURCHASE: "bought",
    TasteSignal.DOWNLOAD: "downloaded",
    TasteSignal.LIKE: "liked",
    TasteSignal.PLAY: "played",
    TasteSignal.REPLAY: "played",
    TasteSignal.SEARCH: "searched for",
    TasteSignal.CHAT: "asked about",
    TasteSignal.FACT: "told us",
}
_WEEK, _MONTH = timedelta(days=7), timedelta(days=31)
_LIKED, _CLEAR = 0.1, 0.3  # least preference for naming a genre or creator, and for naming a tempo or key
_MAX = 200


@dataclass(frozen=True)
class Traits:
    """A pack's traits that are compared with preferences."""

    genre_slug: str
    creator_id: str
    creator_name: str
    bpm: float | None
    keys: tuple[str, ...]


def because(evidence: Iterable[Evidence]) -> str:
    """Return the number of signals of each kind, such as "9 plays, 2 purchases", by descending weight; empty without signals."""
    counts: dict[str, int] = defaultdict(int)
    weights: dict[str, float] = defaultdict(float)
    for one in evidence:
        counts[one.kind] += one.times
        weights[one.kind] += abs(one.weight)
    order = sorted(counts, key=lambda kind: (-weights[kind], kind))
    return ", ".join(counted(counts[kind], *_NOUNS[TasteSignal(kind)]) for kind in order if counts[kind])


def why(
    traits: Traits, liked: Preferences, evidence: Mapping[tuple[str, str], list[Evidence]], *, is_exploration: bool
) -> str:
    """Return the reason for recommending a pack, as a sentence without a full stop, of at most 200 characters."""
    genre, tempo = GENRES.get(traits.genre_slug, traits.genre_slug), _tempo_words(traits.bpm)
    if is_exploration:
        return f"Outside your usual: {genre}{tempo}"[:_MAX]
    genre_liking = liked.of(TasteFacet.GENRE).get(traits.genre_slug, 0.0)
    creator_liking = liked.of(TasteFacet.CREATOR).get(traits.creator_id, 0.0)
    past = _past(evidence.get((TasteFacet.CREATOR, traits.creator_id), []))
    if past and creator_liking >= max(_LIKED, genre_liking):
        return f"By {traits.creator_name}, whose sounds {past}"[:_MAX]
    if genre_liking >= _LIKED:
        past = _past(evidence.get((TasteFacet.GENRE, traits.genre_slug), []))
        fits = tempo if _fits_tempo(traits.bpm, liked) else ""
        return f"{genre}{fits}, like what {past}"[:_MAX] if past else f"{genre}{fits}, which you want more of"[:_MAX]
    if _fits_tempo(traits.bpm, liked):
        near = [
            one
            for (facet, bpm), found in evidence.items()
            if facet == TasteFacet.TEMPO and _is_near(bpm, traits.bpm)
            for one in found
        ]
        past = _past(near)
        return f"{genre}{tempo}, the tempo of what {past or 'you like'}"[:_MAX]
    key = max(traits.keys, key=lambda name: liked.of(TasteFacet.KEY).get(name, 0.0), default="")
    if key and liked.of(TasteFacet.KEY).get(key, 0.0) >= _CLEAR:
        past = _past(evidence.get((TasteFacet.KEY, key), []))
        return f"{genre} in {key}, the key of what {past or 'you like'}"[:_MAX]
    return f"New to you: {genre}{tempo}"[:_MAX]


def since(moment: datetime) -> str:
    """Return the age of an event in words that can follow "you played": "this week", "this month" or "before"."""
    age = datetime.now(UTC) - moment
    return "this week" if age < _WEEK else "this month" if age < _MONTH else "before"


def _past(evidence: list[Evidence]) -> str:
    positive = [one for one in evidence if one.weight > 0 and TasteSignal(one.kind) in _VERBS]
    if not positive:
        return ""
    best = max(positive, key=lambda one: one.weight)
    if best.kind == TasteSignal.FACT:
        return "you told us you like"
    return f"you {_VERBS[TasteSignal(best.kind)]} {since(best.last_at)}"


def _tempo_words(bpm: float | None) -> str:
    return f" around {bpm:.0f} BPM" if bpm else ""


def _fits_tempo(bpm: float | None, liked: Preferences) -> bool:
    return bool(bpm and liked.tempo and 1 <= round(bpm) <= len(liked.tempo) and liked.tempo[round(bpm) - 1] >= _CLEAR)


def _is_near(listed: str, bpm: float | None) -> bool:
    return bpm is not None and abs(float(listed) - bpm) <= 0.05 * bpm
