"""Ranks sounds compatible with a reference by tempo, key, role and similarity. A clash lowers the rank but hides no sound."""

import math
import uuid
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.catalogue import audio_files
from askchopper.musical_key import Mode, MusicalKey
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import FileRow
from askchopper.schemas.search import Hit, Match
from askchopper.schemas.search_filters import Filters
from askchopper.services.search import similar
from askchopper.services.taste import preferences, ranking
from askchopper.vocabulary import Certainty, Compatible

MAX_HITS = 100
# Shares of the tempo: up to the first, a loop is stretched without audible artefacts; beyond the second, the score is 0.
EASY_STRETCH, WORST_STRETCH = 0.06, 0.5
_WEIGHTS = {"tempo": 0.4, "key": 0.3, "role": 0.2, "likeness": 0.1}
_UNKNOWN = 0.5  # tempo or key of either sound is unknown or doubtful
_PERCUSSIVE = 0.85  # a sound without a key clashes with nothing
_PER_SEMITONE = 0.3
_SAME_ROLE = {True: 0.4, False: 0.7}  # drums with drums, melody with melody


@dataclass(frozen=True)
class Adjustment:
    """The changes that make a sound compatible with the reference.

    Args:
        semitones: smallest transposition that fits the reference: from key to compatible key, from root note to a note of
            the other sound's tonic triad, or from root note to root note. None if either sound has neither key nor root note.
        stretch: ratio of the new tempo to its own, after halving or doubling; None if a tempo is unknown.
        octave: 2 if it plays at half the reference's tempo, 0.5 at double, else 1.
    """

    semitones: int | None
    stretch: float | None
    octave: float = 1.0

    @property
    def stretch_percent(self) -> float | None:
        return None if self.stretch is None else round(100 * (self.stretch - 1), 1)


def adjust(reference: similar.Target, row: FileRow) -> Adjustment:
    """Compute the smallest adjustment that makes a sound compatible with a reference."""
    semitones = _shift(reference, row)
    if not reference.bpm or not row.bpm:
        return Adjustment(semitones, None)
    ratios = {octave: reference.bpm / (row.bpm * octave) for octave in (1.0, 2.0, 0.5)}
    octave = min(ratios, key=lambda one: abs(math.log(ratios[one])))
    return Adjustment(semitones, ratios[octave], octave)


async def find(
    session: AsyncSession, viewer: Viewer | None, reference: similar.Target, *, filters: Filters
) -> list[Hit]:
    """List up to ``MAX_HITS`` compatible sounds from other packs, best first, within the other filters.

    Candidates are the most similar sounds with easily compatible tempo and key, and the most similar ones of any tempo and
    key, so that there are results even if few sounds are easily compatible.
    """
    # Any tempo, but a known one, since loops are to be heard together.
    wide = replace(filters, is_other_pack=True, **({} if filters.has_tempo else {"bpm_min": 1.0}))
    pools = [
        replace(wide, **_easy(reference, filters)),
        wide if reference.bpm else replace(wide, bpm_min=filters.bpm_min),
    ]
    candidates: dict[str, tuple[FileRow, float]] = {}
    for pool in pools:
        found = await similar.similar_files(session, viewer, reference, filters=pool, limit=MAX_HITS, lowest=0.0)
        candidates |= {row.id: (row, score) for row, score in found}
    doubtful = await _doubtful(session, list(candidates))
    hits = [_hit(reference, row, likeness, is_doubtful=row.id in doubtful) for row, likeness in candidates.values()]
    liked = await preferences.load(session, viewer)
    hits.sort(key=lambda hit: _place(hit, liked))
    return hits[:MAX_HITS]


def _place(hit: Hit, liked: preferences.Preferences) -> tuple[float, float, str]:
    """Return the sort key of a hit: its score; taste breaks ties."""
    score = hit.score or 0.0
    if not liked:
        return -score, 0.0, hit.row.id
    return -round(score / ranking.TIE), -ranking.liking_of_sound(liked, hit.row), hit.row.id


def describe(change: Adjustment) -> tuple[str, ...]:
    """Describe an adjustment: ``+1 semitone``, ``stretch +3%``, ``half tempo``."""
    found: list[str] = []
    if change.semitones is not None:
        unit = "semitone" if abs(change.semitones) == 1 else "semitones"
        found.append(f"{change.semitones:+d} {unit}" if change.semitones else "key fits")
    if change.stretch is not None:
        if change.octave != 1.0:
            found.append("half tempo" if change.octave > 1.0 else "double tempo")
        percent = round(100 * (change.stretch - 1))
        found.append(f"stretch {percent:+d}%" if percent else "same tempo" if change.octave == 1.0 else "")
    return tuple(word for word in found if word)


def _hit(reference: similar.Target, row: FileRow, likeness: float, *, is_doubtful: bool) -> Hit:
    change = adjust(reference, row)
    parts = {
        "tempo": _tempo_score(change),
        "key": _key_score(change, reference, row),
        "role": _role_score(reference, row),
        "likeness": likeness,
    }
    if is_doubtful:
        parts |= {name: (parts[name] + _UNKNOWN) / 2 for name in ("tempo", "key")}
    score = sum(weight * parts[name] for name, weight in _WEIGHTS.items())
    return Hit(
        row,
        score=round(score, 4),
        why=describe(change),
        semitones=change.semitones,
        stretch_percent=change.stretch_percent,
        match=Match(change.semitones, change.stretch, change.octave, reference.bpm),
    )


def _tempo_score(change: Adjustment) -> float:
    if change.stretch is None:
        return _UNKNOWN
    distance = abs(math.log2(change.stretch))
    octave = 1.0 if change.octave == 1.0 else 0.9
    if distance <= math.log2(1 + EASY_STRETCH):
        return octave * (1.0 - distance)
    return octave * max(0.0, 0.8 * (1 - distance / math.log2(1 + WORST_STRETCH)))


def _key_score(change: Adjustment, reference: similar.Target, row: FileRow) -> float:
    if change.semitones is not None:
        return max(0.0, 1.0 - _PER_SEMITONE * abs(change.semitones))
    return _PERCUSSIVE if reference.key and not row.key else _UNKNOWN


def _role_score(reference: similar.Target, row: FileRow) -> float:
    """Return the score for complementary roles, from 0 to 1: drums fit melodic sounds. Sounds without a key count as drums."""
    is_tonal = reference.key is not None
    return 1.0 if is_tonal != bool(row.key) else _SAME_ROLE[not is_tonal]


def _shift(reference: similar.Target, row: FileRow) -> int | None:
    """Return the smallest transposition in semitones that matches a reference by key, or by a one-shot's root note."""
    own = MusicalKey.parse(row.key or "")
    if own is None and row.note is None:
        return None
    if reference.key is not None:
        return _transposition(reference.key, own) if own else _into(_chord(reference.key), row.note)
    if reference.note is None:
        return None
    # The reference is a one-shot: its note should be in the chord of the sound's key, or both should have one note.
    if own is None:
        return _into({reference.note % 12}, row.note)
    return _into({(reference.note - step) % 12 for step in _steps(own)}, own.tonic)


def _chord(key: MusicalKey) -> set[int]:
    return {(key.tonic + step) % 12 for step in _steps(key)}


def _steps(key: MusicalKey) -> tuple[int, ...]:
    return (0, 4 if key.mode is Mode.MAJOR else 3, 7)


def _into(wanted: set[int], note: int | None) -> int | None:
    """Return the smallest interval in semitones from a note to one of the pitch classes; downwards on a tie."""
    if note is None:
        return None
    return min(range(-6, 7), key=lambda by: ((note + by) % 12 not in wanted, abs(by), by))


def _transposition(wanted: MusicalKey | None, own: MusicalKey | None) -> int | None:
    """Return the smallest transposition in semitones to a compatible key; downwards on a tie."""
    if wanted is None or own is None:
        return None
    fitting = set(wanted.compatible())
    for distance in range(7):
        for shift in (-distance, distance):
            if MusicalKey((own.tonic + shift) % 12, own.mode) in fitting:
                return shift
    return None


def _easy(reference: similar.Target, filters: Filters) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if reference.bpm and not filters.has_tempo:
        found |= {
            "bpm_min": round(reference.bpm * (1 - EASY_STRETCH), 1),
            "bpm_max": round(reference.bpm * (1 + EASY_STRETCH), 1),
            "half_double": True,
        }
    if reference.key and not filters.key:
        found |= {"key": reference.key, "compatible": Compatible.STRICT, "has_unknown": True}
    return found


async def _doubtful(session: AsyncSession, ids: list[str]) -> set[str]:
    """Return the ids of sounds whose tempo or key was measured with low confidence."""
    rows = await session.execute(
        select(audio_files.c.id).where(
            audio_files.c.id.in_([uuid.UUID(one) for one in ids]), audio_files.c.certainty == Certainty.LOW.value
        )
    )
    return {str(one) for one in rows.scalars()}
