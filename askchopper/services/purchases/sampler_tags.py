"""Sampler metadata of downloaded WAV files: the root note of a one-shot, or tempo, beats and key of a loop."""

from typing import Any

from askchopper.musical_key import MusicalKey
from askchopper.schemas.sampler_tags import SamplerTags
from askchopper.vocabulary import FileKind

_EXACT_BEATS = 0.05


def of_file(row: Any) -> SamplerTags | None:
    """Return the sampler tags for a row of ``audio_files``; None for other formats than WAV or without known note or tempo.

    A loop whose length is not a whole number of beats gets no tags, since sequencers compute its tempo from length and
    beats.
    """
    if row.format != "wav":
        return None
    if row.kind == FileKind.ONE_SHOT and row.note is not None:
        return SamplerTags(note=row.note, cents=row.note_cents or 0.0)
    if row.kind != FileKind.LOOP or row.bpm is None:
        return None
    beats = row.duration_seconds * float(row.bpm) / 60
    if round(beats) < 1 or abs(beats - round(beats)) > _EXACT_BEATS:
        return None
    key = MusicalKey.parse(row.key) if row.key else None
    return SamplerTags(bpm=float(row.bpm), beats=round(beats), tonic=key.tonic if key else None)
