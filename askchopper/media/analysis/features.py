"""Extracts the shared features of a decoded sound once, and classifies tempo, key, kind and embedding from them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from askchopper import policy
from askchopper.media.analysis import (
    accents,
    chroma,
    embedding,
    key,
    note,
    onsets,
    sound_type,
    spectrum,
    tempo,
    tempo_candidates,
    tempo_map,
)
from askchopper.media.analysis.chroma import Chroma
from askchopper.media.analysis.key import KeyGuess
from askchopper.media.analysis.model_weights import ModelWeights, confidence
from askchopper.media.analysis.note import Note
from askchopper.media.analysis.onsets import Onsets
from askchopper.media.analysis.spectrum import Bands
from askchopper.media.analysis.tempo import Tempo
from askchopper.media.analysis.tempo_map import TempoSection
from askchopper.media.downmix import mix
from askchopper.media.metre import COMMON, Metre
from askchopper.media.sliced_samples import Signal
from askchopper.vocabulary import FileKind

_RHYTHM_SECONDS = 90.0
_HARMONY_SECONDS = 120.0
_TONAL = 0.5
_EXACT_BEATS = 0.01
_CHANGING = policy.SURE_CONFIDENCE / 2  # confidence of one tempo for a track that has several


@dataclass(frozen=True)
class Features:
    """Features shared by the classifiers.

    Args:
        bands: mel bands of the middle 90 s.
        onsets: onset strength curves of the same section.
        chroma: pitch classes of the middle 120 s.
        features: input of the embedding, shape (embedding.FEATURES,).
        seconds: length of the whole sound.
        spare_seconds: seconds of the length that may be encoder padding.
    """

    bands: Bands
    onsets: Onsets
    chroma: Chroma
    features: NDArray[np.float64]
    seconds: float
    spare_seconds: float = 0.0

    def tonal_row(self) -> NDArray[np.float64]:
        """Return the features that separate tonal sounds from drums: pitch classes and timbre, shape (1, n)."""
        return np.concatenate([key.tonal_signs(self.chroma), self.features])[None]


@dataclass(frozen=True)
class Classification:
    """The classification of a sound.

    Args:
        kind: one-shot, loop or track.
        tempo: estimated tempo; None for one-shots.
        key: estimated key; None for drums, noise, single notes, and sounds without a third that determines the mode.
        beats: whole beats of a loop; None if the length is not a whole number of beats.
        beats_off: distance of a loop's length from a whole number of beats.
        bars: whole bars; None if their number is not clear.
        metre: metre of these bars.
        embedding: unit vector of ``embedding.SIZE`` numbers.
        note: root note of a one-shot of a single note.
        is_tonal: False for drums and noise, where a stated key cannot be confirmed.
        tempo_map: sections of a track whose tempo changes; empty for a steady one.
    """

    kind: FileKind
    tempo: Tempo | None
    key: KeyGuess | None
    beats: int | None
    beats_off: float | None
    bars: int | None
    embedding: NDArray[np.float32]
    note: Note | None = None
    is_tonal: bool = True
    tempo_map: tuple[TempoSection, ...] = ()
    metre: Metre | None = None


def extract(samples: Signal, rate_hz: float, *, spare_seconds: float = 0.0) -> Features:
    """Extract the features of a sound.

    Args:
        samples: float32, shape (n, channels), n at least 1.
        rate_hz: sampling rate, at least 4_000.
        spare_seconds: seconds of the length that may be encoder padding.

    Returns:
        The features; extra memory does not grow with lengths beyond two minutes.
    """
    middle = spectrum.middle(samples, rate_hz, _HARMONY_SECONDS)
    inner = spectrum.middle(middle[:, None], rate_hz, _RHYTHM_SECONDS)
    bands, classes = spectrum.bands(inner, rate_hz), chroma.measure(middle, rate_hz)
    return Features(
        bands=bands,
        onsets=onsets.measure(bands),
        chroma=classes,
        features=embedding.features(bands, classes),
        seconds=samples.shape[0] / rate_hz,
        spare_seconds=spare_seconds,
    )


def classify(heard: Features, constants: ModelWeights) -> Classification:
    """Classify a sound from its features. ``with_note`` and ``with_tempo_map`` add values that need the samples.

    Args:
        heard: features of the sound.
        constants: the model weights.

    Returns:
        The classification.
    """
    is_tonal = bool(constants.tonal.probabilities(heard.tonal_row())[0] >= _TONAL)
    kind = FileKind.TRACK if heard.seconds > heard.bands.seconds else sound_type.kind(heard.bands, heard.onsets)
    found = None if kind is FileKind.ONE_SHOT else _tempo(heard, constants)
    beats = beats_off = None
    if kind is FileKind.LOOP and found is not None:
        exact = sound_type.beats(heard.seconds, found.bpm)
        spare = sound_type.beats(heard.spare_seconds, found.bpm)
        beats_off = max(0.0, abs(exact - round(exact)) - spare)
        beats = round(exact) if beats_off < sound_type.LOOP_TOLERANCE_BEATS and exact > 0.5 else None
    counted = accents.metre(heard.onsets, beats, found.bpm) if beats and found else None
    return Classification(
        kind=kind,
        tempo=found,
        key=_key(heard, constants) if is_tonal else None,
        is_tonal=is_tonal,
        beats=beats,
        beats_off=beats_off,
        bars=counted.bars(beats) if beats and counted else None,
        metre=counted,
        embedding=constants.whitening.apply(heard.features),
    )


def with_note(found: Classification, samples: Signal, rate_hz: float, constants: ModelWeights) -> Classification:
    """Replace the key of a one-shot by its root note if the estimate is confident."""
    if found.kind is not FileKind.ONE_SHOT:
        return found
    single = note.estimate(loudest(samples), rate_hz, constants.note)
    if single is None or single.confidence < policy.SURE_CONFIDENCE:
        return found
    return replace(found, note=single, key=None, is_tonal=True)


def with_tempo_map(found: Classification, samples: Signal, rate_hz: float, constants: ModelWeights) -> Classification:
    """Add the tempo sections of a track whose tempo changes. The track gets the tempo of its longest section, at limited confidence."""
    if found.kind is not FileKind.TRACK or found.tempo is None:
        return found
    sections = tempo_map.measure(samples, rate_hz, constants.tempo)
    if not sections:
        return found
    longest = tempo_map.longest(sections, samples.shape[0] / rate_hz)
    changed = Tempo(longest.bpm, min(found.tempo.confidence, _CHANGING), found.tempo.alternative_bpm)
    return replace(found, tempo=changed, tempo_map=sections)


def loudest(samples: Signal) -> NDArray[np.float32]:
    """Mix to mono, or return the loudest channel if the mix has at most half its power, since channels cancel out or are empty."""
    whole = samples[:]
    mono = mix(whole)
    power = np.square(whole, dtype=np.float64).mean(axis=0)
    return mono if np.square(mono, dtype=np.float64).mean() > power.max() / 2 else whole[:, int(power.argmax())]


def with_stated_loop(
    found: Classification, seconds: float, *, bpm: float | None, beats: int | None, stated: Metre | None = None
) -> Classification:
    """Classify a one-shot as a loop if the file states a tempo and the exact length confirms it.

    The length must equal the stated number of beats, or whole bars at the stated tempo. That is better evidence than a small number of
    onsets, as in a pad. Loops and tracks keep their measured values; a stated metre determines their bars.

    Args:
        found: the classification by sound.
        seconds: length of the sound.
        bpm: stated tempo.
        beats: stated length in beats.
        stated: stated metre. Programs write 4/4 without asking, so only another one counts.

    Returns:
        The classification, possibly as a loop.
    """
    if found.kind is FileKind.ONE_SHOT and bpm:
        found = _as_loop(found, sound_type.beats(seconds, bpm), bpm, beats)
    if found.beats is None or stated is None or stated == COMMON:
        return found
    # Stated beats are quarters; measured ones may be dotted.
    is_stated = bpm and beats and abs(sound_type.beats(seconds, bpm) - beats) < sound_type.LOOP_TOLERANCE_BEATS
    bars = stated.bars(beats if is_stated and beats else found.beats)
    return replace(found, bars=bars, metre=stated if bars else None)


def _as_loop(found: Classification, exact: float, bpm: float, beats: int | None) -> Classification:
    whole = beats or round(exact)
    bars = COMMON.bars(whole)
    is_whole_bars = bars is not None and abs(exact - whole) < _EXACT_BEATS
    if not is_whole_bars and (beats is None or abs(exact - beats) >= sound_type.LOOP_TOLERANCE_BEATS):
        return found
    stated = Tempo(round(bpm, 2), policy.SURE_CONFIDENCE, round(bpm / 2 if bpm >= 120 else bpm * 2, 2))
    return replace(
        found,
        kind=FileKind.LOOP,
        tempo=stated,
        beats=whole,
        beats_off=abs(exact - whole),
        bars=bars,
        metre=COMMON if bars else None,
    )


def _tempo(heard: Features, constants: ModelWeights) -> Tempo:
    is_exact = heard.spare_seconds == 0.0
    raw = tempo.estimate(tempo_candidates.measure(heard.onsets), constants.tempo, is_length_exact=is_exact)
    return Tempo(raw.bpm, confidence(raw.confidence, constants.tempo_sure), raw.alternative_bpm)


def _key(heard: Features, constants: ModelWeights) -> KeyGuess | None:
    raw = key.estimate(heard.chroma, constants.key)
    if raw is None:
        return None
    return KeyGuess(raw.key, confidence(raw.confidence, constants.key_sure), raw.second)
