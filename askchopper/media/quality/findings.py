"""Compares measurements with the quality rules."""

from collections.abc import Iterator, Sequence

from askchopper.media.analysis import tempo_map
from askchopper.media.analysis.features import Classification
from askchopper.media.analysis.levels import Levels
from askchopper.media.decode import decoder
from askchopper.media.decode.containers.parsed import ParsedContainer
from askchopper.media.decode.decoder import Recording
from askchopper.media.decode.file_info import FileInfo
from askchopper.media.decode.tags import Hints
from askchopper.media.quality.rules import Finding, finding, limit
from askchopper.musical_key import MusicalKey
from askchopper.vocabulary import FileKind

_ALIGNED_SECONDS = 0.1  # shorter sounds have an offset by nature


def of_container(structure: ParsedContainer, recording: Recording) -> Iterator[Finding]:
    """Yield faults of the container.

    Args:
        structure: the parsed container.
        recording: the decoded file.
    """
    codes = dict.fromkeys(structure.faults)
    is_missing_frames = (
        structure.family == "flac"
        and structure.declared_frames is not None
        and not recording.is_cut
        and recording.samples.shape[0] < structure.declared_frames
    )
    if (recording.bad_packets or is_missing_frames) and "truncated" not in codes:
        codes["damaged"] = None
    yield from map(finding, codes)
    if (share := decoder.used_share(recording, structure)) < 1.0:
        yield finding("partly_used", share)
    if recording.bad_samples:
        yield finding("bad_samples", recording.bad_samples)
    if recording.has_video:
        yield finding("has_video")
    if recording.is_cut:
        yield finding("too_long")


def of_levels(levels: Levels, facts: FileInfo) -> Iterator[Finding]:
    """Yield findings about length, level and channels.

    Args:
        levels: the measured signal.
        facts: technical metadata of the file.
    """
    if facts.duration_seconds <= limit("too_short"):
        yield finding("too_short", facts.duration_seconds)
    peak_dbfs = levels.peak_dbfs
    if peak_dbfs is None:
        yield finding("silent")
        return
    if peak_dbfs < limit("nearly_silent"):
        yield finding("nearly_silent", peak_dbfs)
        return
    yield from _of_level(levels, facts, peak_dbfs)
    yield from _of_channels(levels)


def _of_level(levels: Levels, facts: FileInfo, peak_dbfs: float) -> Iterator[Finding]:
    if peak_dbfs < limit("quiet"):
        yield finding("quiet", peak_dbfs)
    # Lossy decoders overshoot by themselves.
    if facts.is_lossless and peak_dbfs > limit("over_full_scale"):
        yield finding("over_full_scale", peak_dbfs)
    if levels.clipped > limit("clipped"):
        yield finding("clipped", levels.clipped)
    elif levels.clipped > limit("clips_a_little"):
        yield finding("clips_a_little", levels.clipped)
    if levels.dc > limit("dc_offset") and facts.duration_seconds > _ALIGNED_SECONDS:
        yield finding("dc_offset", levels.dc)
    if levels.leading_seconds > limit("leading_silence"):
        yield finding("leading_silence", levels.leading_seconds)
    if levels.trailing_seconds > limit("trailing_silence"):
        yield finding("trailing_silence", levels.trailing_seconds)


def _of_channels(levels: Levels) -> Iterator[Finding]:
    if len(levels.channel_peaks) != 2:
        return
    if levels.is_dual_mono:
        yield finding("mono_as_stereo")
    quietest = min(levels.channel_peaks)
    if quietest <= levels.peak * 10 ** (limit("dead_channel") / 20):
        yield finding("dead_channel")
    elif levels.mono_to_side_db is not None and levels.mono_to_side_db < limit("anti_phase"):
        yield finding("anti_phase")


def of_name(name: str, facts: FileInfo) -> Iterator[Finding]:
    """Yield notes on the file name and format.

    Args:
        name: the creator's file name.
        facts: technical metadata of the file.
    """
    if not facts.fits(name):
        yield finding("wrong_extension")
    if not facts.is_lossless:
        yield finding("lossy_format")
    if facts.sample_rate_hz < limit("low_sample_rate"):
        yield finding("low_sample_rate", facts.sample_rate_hz)


def of_sound(
    reading: Classification | None, levels: Levels, treble_wall_hz: float | None, *, was_lossy: bool = False
) -> Iterator[Finding]:
    """Yield faults of the sound and warnings about an uncertain classification.

    Args:
        reading: the classification; None for silence.
        levels: the measured signal.
        treble_wall_hz: cutoff of a low-pass, if any.
        was_lossy: whether the samples were decoded from MP3 or AAC.
    """
    if was_lossy:
        yield finding("was_lossy")
    elif treble_wall_hz is not None:
        yield finding("band_limited", treble_wall_hz / 1_000)
    if reading is None:
        return
    if reading.tempo_map:
        tempos = [section.bpm for section in reading.tempo_map]
        yield finding("tempo_changes", max(tempos) / min(tempos) - 1, sections=tempo_map.words(reading.tempo_map))
    elif reading.tempo and reading.tempo.confidence < limit("tempo_unsure"):
        yield finding("tempo_unsure")
    if reading.key and reading.key.confidence < limit("key_unsure"):
        yield finding("key_relative" if reading.key.second == reading.key.key.relative else "key_unsure")
    if reading.kind is FileKind.LOOP and reading.beats_off is not None:
        is_sure = reading.tempo is not None and reading.tempo.confidence >= limit("tempo_unsure")
        if is_sure and reading.beats_off > limit("loop_length"):
            yield finding("loop_length", reading.beats_off)
        if levels.seam > limit("loop_seam"):
            yield finding("loop_seam")


def of_hints(reading: Classification, hints: Sequence[Hints]) -> Iterator[Finding]:
    """Yield findings where file name or tags contradict the measurement; half and double tempo are no contradiction.

    Args:
        reading: the classification.
        hints: tempo and key from the file name and tags.
    """
    stated = [hint.bpm for hint in hints if hint.bpm]
    if reading.tempo and any(_differs(bpm, reading.tempo.bpm) for bpm in stated):
        yield finding("tempo_differs", reading.tempo.bpm)
    if reading.key and any(_is_other_key(hint, reading.key.key) for hint in hints):
        yield finding("key_differs")
    if not reading.is_tonal and any(hint.key for hint in hints):
        yield finding("key_unheard")


def _is_other_key(hint: Hints, key: MusicalKey) -> bool:
    return hint.key not in (None, key) or hint.tonic not in (None, key.tonic)


def _differs(stated_bpm: float, bpm: float) -> bool:
    return all(abs(stated_bpm * by / bpm - 1) > limit("tempo_differs") for by in (0.5, 1.0, 2.0))
