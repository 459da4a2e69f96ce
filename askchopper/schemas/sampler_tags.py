"""Metadata in downloaded sound files for samplers and sequencers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SamplerTags:
    """The metadata to write into a sound file.

    Args:
        note: MIDI number of the root of a one-shot; None for loops.
        cents: deviation of the sound from ``note`` in cents.
        bpm: tempo of a loop.
        beats: length of a loop in whole beats.
        tonic: pitch class of a loop's key, 0 = C.
    """

    note: int | None = None
    cents: float = 0.0
    bpm: float | None = None
    beats: int | None = None
    tonic: int | None = None
