"""Auditions of a measured tempo or key: clicks on the beats, or a soft chord under the sound.

Run them in a child process: ``child_process.run(audition.tempo, path, 128.0)``.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askchopper.media.decode import decoder
from askchopper.media.previews import encoding
from askchopper.musical_key import Mode, MusicalKey

MAX_SECONDS = 15.0
_BPM_RANGE = (20.0, 400.0)
_SOUND_PEAK = 0.6  # headroom for the mix
_CLICK_PEAK, _CLICK_SECONDS = 0.35, 0.03
_DOWNBEAT_HZ, _BEAT_HZ = 1_760.0, 1_175.0
_BEATS_PER_BAR = 4
_CHORD_PEAK = 0.3
_CHORD_FADE_SECONDS = 0.15
_LOWEST_ROOT = 48  # C3: audible on a phone's speaker
_PARTIALS = (1.0, 0.5, 0.25, 0.12)
_CONCERT_A_HZ, _CONCERT_A = 440.0, 69

Samples = NDArray[np.float32]


def tempo(path: Path, bpm: float, *, first_beat_seconds: float = 0.0) -> bytes:
    """Return the beginning of a sound with a click on every beat.

    Args:
        path: file on disk.
        bpm: beats a minute.
        first_beat_seconds: where the first bar begins.

    Returns:
        MP3, at most 15 seconds.

    Raises:
        UndecodableError: no readable audio.
        ValueError: a tempo outside 20 to 400.
    """
    recording = decoder.read(path, max_seconds=MAX_SECONDS)
    mixed = metronome(recording.samples[:], recording.rate_hz, bpm, first_beat_seconds)
    return encoding.encode_preview(mixed, recording.rate_hz)


def key(path: Path, musical_key: MusicalKey) -> bytes:
    """Return the beginning of a sound over the chord of a key.

    Args:
        path: file on disk.
        musical_key: the key.

    Returns:
        MP3, at most 15 seconds.

    Raises:
        UndecodableError: no readable audio.
    """
    recording = decoder.read(path, max_seconds=MAX_SECONDS)
    return encoding.encode_preview(drone(recording.samples[:], recording.rate_hz, musical_key), recording.rate_hz)


def metronome(samples: Samples, rate_hz: int, bpm: float, first_beat_seconds: float = 0.0) -> Samples:
    """Mix clicks into a sound, with an accent on every fourth beat.

    Args:
        samples: float32, shape (n, channels), n at least 1.
        rate_hz: sampling rate.
        bpm: beats a minute.
        first_beat_seconds: where the first bar begins; the beats before it are clicked too.

    Returns:
        float32, shape (n, channels), within full scale.

    Raises:
        ValueError: a tempo outside 20 to 400.
    """
    lowest, highest = _BPM_RANGE
    if not lowest <= bpm <= highest:
        raise ValueError(f"tempo of {bpm} BPM")
    mixed = _levelled(samples)
    beat_seconds = 60.0 / bpm
    beat = -int(first_beat_seconds / beat_seconds)
    clicks = _click(_DOWNBEAT_HZ, rate_hz), _click(_BEAT_HZ, rate_hz)
    while (start := round((first_beat_seconds + beat * beat_seconds) * rate_hz)) < mixed.shape[0]:
        click = clicks[0 if beat % _BEATS_PER_BAR == 0 else 1][: mixed.shape[0] - start]
        mixed[start : start + click.size] += click[:, None]
        beat += 1
    return mixed


def drone(samples: Samples, rate_hz: int, musical_key: MusicalKey) -> Samples:
    """Mix the triad of a key into a sound, with the root doubled an octave lower.

    Args:
        samples: float32, shape (n, channels), n at least 1.
        rate_hz: sampling rate.
        musical_key: the key.

    Returns:
        float32, shape (n, channels), within full scale.
    """
    third = 3 if musical_key.mode is Mode.MINOR else 4
    root = _LOWEST_ROOT + musical_key.tonic
    seconds = np.arange(samples.shape[0], dtype=np.float64) / rate_hz
    notes = ((root, 1.0), (root + 12, 0.6), (root + 12 + third, 0.45), (root + 19, 0.5))
    chord = np.zeros(seconds.size)
    for note, level in notes:
        pitch_hz = _CONCERT_A_HZ * 2.0 ** ((note - _CONCERT_A) / 12)
        for number, share in enumerate(_PARTIALS, start=1):
            if number * pitch_hz < rate_hz / 2:
                chord += level * share * np.sin(2.0 * np.pi * number * pitch_hz * seconds)
    chord *= np.minimum(1.0, np.minimum(seconds, seconds[::-1]) / _CHORD_FADE_SECONDS)
    chord *= _CHORD_PEAK / max(float(np.abs(chord).max()), 1e-9)
    return _levelled(samples) + chord.astype(np.float32)[:, None]


def _levelled(samples: Samples) -> Samples:
    """Return a copy whose peak leaves headroom for the mix, amplified at most tenfold."""
    highest = max(float(np.abs(samples).max()), 1e-9)
    return samples * np.float32(min(_SOUND_PEAK / highest, 10.0))


def _click(pitch_hz: float, rate_hz: int) -> Samples:
    seconds = np.arange(round(_CLICK_SECONDS * rate_hz)) / rate_hz
    return (_CLICK_PEAK * np.sin(2.0 * np.pi * pitch_hz * seconds) * np.exp(-seconds * 120)).astype(np.float32)
