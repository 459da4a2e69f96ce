"""The quality rules: a table of codes, thresholds, severities and messages, and the score derived from it.

The sentences are for musicians: what is wrong, and what to do about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from askchopper import policy
from askchopper.vocabulary import FindingStatus as Status


class Severity(StrEnum):
    """Severity of a finding, in increasing order."""

    NOTE = "note"
    WARNING = "warning"
    CRITICAL = "critical"
    FATAL = "fatal"


@dataclass(frozen=True)
class Rule:
    """A row of the table.

    Args:
        code: stable name.
        severity: a note costs little, a warning flags the file, a critical one also blocks publishing, a fatal one
            rejects the file.
        threshold: limit of the measured value, in the unit of the sentence; None for yes or no.
        sentence: message for the creator; ``{value}`` is replaced by the measured value.
    """

    code: str
    severity: Severity
    threshold: float | None
    sentence: str


@dataclass(frozen=True)
class Finding:
    """A rule that a file breaks."""

    code: str
    severity: Severity
    message: str
    value: float | None = None


_TABLE = (
    # Not audio, or nothing that could be analysed.
    Rule("empty", Severity.FATAL, None, "The file is empty. Export it again."),
    Rule("not_audio", Severity.FATAL, None, f"This is not an audio file that we can open. Export it as {policy.SOUND_FORMATS}."),
    Rule("no_samples", Severity.FATAL, None, "The file has a header but no sound in it. Export it again."),
    Rule("unsafe", Severity.FATAL, None, "Opening this file crashed our analyser. Export it again from your DAW."),
    Rule("virus", Severity.FATAL, None, "The virus scanner found something in this file. Delete it and check your computer."),
    Rule("archive_broken", Severity.FATAL, None, "The zip cannot be opened. Pack it again."),
    Rule("archive_bomb", Severity.FATAL, None, "The zip would unpack to far more than its size. Upload the sounds themselves."),
    Rule("archive_nested", Severity.FATAL, None, "There is an archive inside the zip. Unpack it and zip the sounds alone."),
    Rule("archive_unsafe_names", Severity.FATAL, None, "The zip holds names that point outside its folder, links or duplicates. Pack it again from a plain folder."),
    Rule("archive_encrypted", Severity.FATAL, None, "The zip has a password. Pack it again without one."),
    Rule("archive_large_file", Severity.FATAL, policy.MAX_FILE_BYTES >> 20, f"A sound in the zip is larger than {policy.megabytes(policy.MAX_FILE_BYTES)}. Leave it out or cut it into shorter ones."),
    Rule("archive_no_sounds", Severity.FATAL, None, f"There are no sounds in the zip. Pack {policy.SOUND_FORMATS} files."),
    Rule("archive_crowded", Severity.WARNING, policy.MAX_ZIP_ENTRIES, f"The zip holds more than {policy.MAX_ZIP_ENTRIES:,} files. Split it into several packs."),
    # The container.
    Rule("truncated", Severity.CRITICAL, None, "The file ends too early: part of the sound is missing. Export or copy it again."),
    Rule("damaged", Severity.CRITICAL, None, "Part of the file is damaged and will click or drop out. Export or copy it again."),
    Rule("partly_used", Severity.WARNING, None, "Only {value:.0%} of the file can be played as one sound; it may be several files joined. Export it again."),
    Rule("sizes_lie", Severity.WARNING, None, "The header gives the wrong length, so some DAWs will show an empty clip. Export it again."),
    Rule("bad_header", Severity.WARNING, None, "The header contradicts the sound, so some DAWs will refuse the file. Export it again."),
    Rule("foreign_tag", Severity.WARNING, None, "There is a tag before the audio header, so some DAWs will refuse the file. Export it without tags."),
    Rule("bad_tag", Severity.WARNING, None, "The tags are broken or oversized and were ignored. Save the file again without tags."),
    Rule("has_video", Severity.WARNING, None, "This is a video. Only its sound is used; export the audio alone."),
    # Length.
    Rule("too_short", Severity.WARNING, 0.05, "Only {value:.3f} s long, too short to be heard as a sound. Check the export range."),
    Rule("too_long", Severity.CRITICAL, policy.MAX_SOUND_SECONDS, f"Longer than {policy.MAX_SOUND_SECONDS // 60} minutes; only the beginning was analysed. Cut it into sounds."),
    Rule("loop_length", Severity.NOTE, 0.03, "The length is {value:.2f} beats off a whole number at the measured tempo, so it may not loop cleanly. Check the export range."),
    # Level and channels.
    Rule("silent", Severity.CRITICAL, None, "There is no sound in this file. Check that the track was not muted."),
    Rule("nearly_silent", Severity.CRITICAL, -50.0, "The loudest point is {value:.0f} dBFS, almost silence. Turn it up before you export."),
    Rule("quiet", Severity.NOTE, -18.0, "The loudest point is {value:.0f} dBFS. Normalise it towards -1 dBFS so that it sits with other sounds."),
    Rule("clipped", Severity.WARNING, 0.02, "Clips for {value:.0%} of the file. Turn the master down and export again."),
    Rule("clips_a_little", Severity.NOTE, 0.0002, "A few peaks are clipped. If you did not want that, lower the master and export again."),
    Rule("over_full_scale", Severity.WARNING, 1.0, "Peaks {value:.1f} dB over full scale and will distort in most players. Turn it down and export again."),
    Rule("bad_samples", Severity.CRITICAL, 0, "{value:.0f} samples are not valid numbers, often a broken plugin. Freeze the track and export again."),
    Rule("dc_offset", Severity.WARNING, 0.05, "The waveform sits {value:.0%} off centre (DC offset), which costs headroom and clicks when cut. Use a high-pass at 20 Hz."),
    Rule("leading_silence", Severity.WARNING, 0.5, "Starts with {value:.1f} s of silence. Trim it so that the sound plays at once."),
    Rule("trailing_silence", Severity.NOTE, 2.0, "Ends with {value:.1f} s of silence. Trim it."),
    Rule("dead_channel", Severity.WARNING, -60.0, "One channel is silent. Pan it to the middle or export as mono."),
    Rule("anti_phase", Severity.WARNING, -20.0, "The channels cancel each other: in mono the sound vanishes. Flip the phase of one channel."),
    Rule("mono_as_stereo", Severity.NOTE, None, "Both channels are the same. A mono export would be half the size."),
    # Fidelity.
    Rule("was_lossy", Severity.WARNING, None, "This lossless file has the traces that MP3 and AAC leave: it was probably one of them once. Upload the original."),
    Rule("band_limited", Severity.NOTE, None, "Nothing above {value:.1f} kHz. That is fine for a sampler or a filter; if there is a brighter original, upload that."),
    Rule("low_sample_rate", Severity.NOTE, 32_000, "Only {value:.0f} Hz. Most buyers expect 44,100 Hz or more."),
    Rule("lossy_format", Severity.NOTE, None, "A compressed format. Buyers prefer WAV, AIFF or FLAC."),
    Rule("loop_seam", Severity.NOTE, 0.25, "The end does not meet the beginning, so the loop may click. Cut at zero crossings."),
    Rule("wrong_extension", Severity.NOTE, None, "The file name says one format, but the content is another. We use the content."),
    # What people wrote and what was measured.
    Rule("tempo_unsure", Severity.NOTE, policy.SURE_CONFIDENCE, "We are not sure of the tempo. Please check it."),
    Rule("tempo_changes", Severity.NOTE, policy.STEADY_TEMPO_SHARE, "The tempo is not steady: {sections}. Buyers see the range; enter a tempo if buyers should see only one."),
    Rule("key_unsure", Severity.NOTE, policy.SURE_CONFIDENCE, "We are not sure of the key. Please check it."),
    Rule("key_relative", Severity.NOTE, policy.SURE_CONFIDENCE, "The notes fit a key and its relative, and we are not sure which of the two it is. Please check it."),
    Rule("tempo_differs", Severity.NOTE, 0.01, "The name or tags give a different tempo from the {value:.2f} BPM that we measured. Please check it."),
    Rule("key_differs", Severity.NOTE, None, "The name or tags give a different key from the one that we measured. Please check it."),
    Rule("key_unheard", Severity.NOTE, None, "The name or tags give a key, but we hear no pitch, so none is shown. State the key if it has one."),
)  # fmt: skip

RULES: dict[str, Rule] = {rule.code: rule for rule in _TABLE}
_PENALTIES = {Severity.NOTE: 3, Severity.WARNING: 20, Severity.CRITICAL: 50, Severity.FATAL: 100}


def finding(code: str, value: float | None = None, **words: str) -> Finding:
    """Return a finding with the values inserted into its message.

    Args:
        code: a code of ``RULES``.
        value: the measured value, where the sentence names it.
        words: other values that the sentence names.

    Raises:
        KeyError: no such rule.
    """
    rule = RULES[code]
    message = rule.sentence if value is None else rule.sentence.format(value=value, **words)
    return Finding(code=code, severity=rule.severity, message=message, value=value)


def limit(code: str) -> float:
    """Return the threshold of a rule.

    Raises:
        KeyError: there is no such rule.
        ValueError: the rule has no threshold.
    """
    threshold = RULES[code].threshold
    if threshold is None:
        raise ValueError(f"the rule {code} has no threshold")
    return threshold


def status(findings: Sequence[Finding]) -> Status:
    """Return the file status that the most severe finding implies."""
    severities = {found.severity for found in findings}
    if Severity.FATAL in severities:
        return Status.REJECT
    return Status.FLAG if severities & {Severity.WARNING, Severity.CRITICAL} else Status.ACCEPT


def score(findings: Sequence[Finding]) -> int:
    """Return 100 minus the penalties of all findings, at least 0."""
    return max(0, 100 - sum(_PENALTIES[found.severity] for found in findings))
