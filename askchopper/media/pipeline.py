"""The complete analysis of an uploaded file: container, samples, tempo, key, levels, findings.

The CLI and the job worker run it in a child process: ``child_process.run(pipeline.analyse, path)``.
"""

import mmap
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import av.logging

from askchopper import policy
from askchopper.media import archive  # fmt: skip
from askchopper.media.analysis import features, levels, lossy_origin, loudness, model_weights
from askchopper.media.analysis.features import Classification
from askchopper.media.decode import decoder, file_info, file_name_hints, tags
from askchopper.media.decode.containers import detection
from askchopper.media.decode.containers.parsed import ParsedContainer
from askchopper.media.decode.decoder import Recording, UndecodableError
from askchopper.media.decode.file_info import FileInfo
from askchopper.media.decode.tags import Hints
from askchopper.media.previews import encoding, peaks
from askchopper.media.quality import findings, rules
from askchopper.media.quality.rules import Finding, Status, finding, limit

ANALYSER_VERSION = 8
# Delay and padding of MP3 encoders, where no header says how much of them to cut.
_PADDING_SECONDS = 0.06


@dataclass(frozen=True)
class Analysis:
    """The analysis of a file; parts are None where nothing could be decoded.

    Args:
        findings: broken quality rules.
        facts: format and length.
        reading: tempo, key, kind, bars and embedding; None for silence, too.
        peak_dbfs: sample peak; None for silence.
        true_peak_dbtp: peak of the continuous signal.
        loudness_lufs: integrated loudness; None for silence.
        treble_wall_hz: cutoff of a low-pass in a lossless file; None without one.
        outline: waveform peaks, ``peaks.PEAK_COUNT`` signed bytes at the sound's own level.
        mixed_peak: peak of the mono mix, to scale the waveforms of a pack alike.
        name_hints: tempo, key and words of the file name.
        tag_hints: tempo, key and words of the tags.
        preview_opus: preview, if requested.
        preview_mp3: preview for browsers without Opus, if requested.
        cpu_seconds: processor time of the analysis.
        version: version of the analyser, stored with every result.
    """

    findings: tuple[Finding, ...]
    facts: FileInfo | None = None
    reading: Classification | None = None
    peak_dbfs: float | None = None
    true_peak_dbtp: float | None = None
    loudness_lufs: float | None = None
    treble_wall_hz: float | None = None
    outline: bytes = b""
    mixed_peak: float = 0.0
    name_hints: Hints = field(default_factory=Hints)
    tag_hints: Hints = field(default_factory=Hints)
    preview_opus: bytes = field(default=b"", repr=False)
    preview_mp3: bytes = field(default=b"", repr=False)
    cpu_seconds: float = 0.0
    version: int = ANALYSER_VERSION

    @property
    def status(self) -> Status:
        return rules.status(self.findings)

    @property
    def score(self) -> int:
        """Quality from 0 to 100."""
        return rules.score(self.findings)


def analyse(
    path: Path, *, name: str | None = None, with_previews: bool = False, max_seconds: float = policy.MAX_SOUND_SECONDS
) -> Analysis:
    """Analyse a file of any kind. Faults of the file are findings, not errors.

    Args:
        path: file on disk, or a zip of sounds (checked, not unpacked).
        name: the creator's file name, parsed for hints; the name of the path when None.
        with_previews: whether to encode previews, too.
        max_seconds: only the beginning of a longer sound is analysed.

    Returns:
        The analysis.

    Raises:
        FileNotFoundError: there is no such file.
    """
    started = time.process_time()
    found = _analyse(path, name or path.name, with_previews=with_previews, max_seconds=max_seconds)
    return replace(found, cpu_seconds=time.process_time() - started)


def refused(code: str) -> Analysis:
    """Return the analysis of a file that could not be examined, for example because it crashed the child process."""
    return Analysis(findings=(finding(code),))


def _analyse(path: Path, name: str, *, with_previews: bool, max_seconds: float) -> Analysis:
    if not path.is_file():
        raise FileNotFoundError(path)
    if path.stat().st_size == 0:
        return refused("empty")
    structure = _examine(path)
    if structure.family == "zip":
        return Analysis(findings=tuple(finding(code) for code in archive.faults(path)))
    av.logging.set_level(None)
    try:
        recording = decoder.read(path, structure, max_seconds=max_seconds, is_sliced=True)
    except UndecodableError:
        return _undecodable(structure)
    found = _measured(path, name, structure, recording)
    if with_previews and found.reading is not None:
        samples, rate_hz = recording.samples, recording.rate_hz
        opus, mp3 = encoding.encode_opus(samples, rate_hz), encoding.encode_preview(samples, rate_hz)
        return replace(found, preview_opus=opus, preview_mp3=mp3)
    return found


def _examine(path: Path) -> ParsedContainer:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return detection.detect(content)


def _undecodable(structure: ParsedContainer) -> Analysis:
    """Return the finding for a file that cannot be decoded: damaged audio, or not audio at all."""
    if structure.is_recognised and structure.faults:
        return Analysis(findings=tuple(finding(code) for code in structure.faults))
    return refused("no_samples" if structure.declared_frames == 0 else "not_audio")


def _classified(structure: ParsedContainer, recording: Recording) -> Classification:
    spare_seconds = _PADDING_SECONDS if structure.is_padded else 0.0
    heard = features.extract(recording.samples, recording.rate_hz, spare_seconds=spare_seconds)
    constants = model_weights.load()
    found = features.classify(heard, constants)
    for refine in (features.with_note, features.with_tempo_map):
        found = refine(found, recording.samples, recording.rate_hz, constants)
    return found


def _measured(path: Path, name: str, structure: ParsedContainer, recording: Recording) -> Analysis:
    samples, rate_hz = recording.samples, recording.rate_hz
    known = file_info.collect(recording, path.stat().st_size)
    measured = levels.measure(samples, rate_hz)
    is_heard = measured.peak_dbfs is not None and measured.peak_dbfs > limit("nearly_silent")
    reading = _classified(structure, recording) if is_heard else None
    wall_hz = lossy_origin.cutoff_hz(samples, rate_hz) if is_heard and known.is_lossless else None
    was_lossy = is_heard and known.is_lossless and lossy_origin.was_lossy(samples, rate_hz)
    named, tagged = file_name_hints.parse(name), Hints() if "bad_tag" in structure.faults else tags.read(path)
    if reading is not None:
        reading = features.with_stated_loop(
            reading, known.duration_seconds, bpm=tagged.bpm or named.bpm, beats=tagged.beats, stated=tagged.metre,
        )  # fmt: skip
    found = (
        *findings.of_container(structure, recording),
        *findings.of_levels(measured, known),
        *findings.of_name(name, known),
        *findings.of_sound(reading, measured, wall_hz, was_lossy=was_lossy),
        *(findings.of_hints(reading, (named, tagged)) if reading else ()),
    )
    return Analysis(
        findings=found,
        facts=known,
        reading=reading,
        peak_dbfs=measured.peak_dbfs,
        true_peak_dbtp=loudness.true_peak_dbtp(samples),
        loudness_lufs=loudness.integrated_loudness_lufs(samples, rate_hz),
        treble_wall_hz=wall_hz,
        outline=peaks.peaks(samples),
        mixed_peak=peaks.mixed_peak(samples),
        name_hints=named,
        tag_hints=tagged,
    )
