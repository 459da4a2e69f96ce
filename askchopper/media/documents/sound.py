"""Describes an analysed sound in sentences, so that the assistant can answer questions about it."""

from pathlib import Path
from typing import Any

from askchopper import policy
from askchopper.media import pipeline, report
from askchopper.media.documents.extract import DocumentError, Extract, Page
from askchopper.media.pipeline import Analysis
from askchopper.media.quality.rules import Severity
from askchopper.plurals import counted


def read(path: Path, name: str) -> Extract:
    """Analyse a sound.

    Args:
        path: file on disk.
        name: the uploaded name.

    Returns:
        The measurements, as data and as sentences.

    Raises:
        DocumentError: the sound cannot be decoded, or its content differs from the extension.
    """
    found = pipeline.analyse(path, name=name)
    fatal = [each.message for each in found.findings if each.severity is Severity.FATAL]
    if found.facts is None:
        raise DocumentError(fatal[0] if fatal else "This sound cannot be opened. Export it again.")
    if not found.facts.fits(name):
        extension = name.rpartition(".")[2].lower()
        raise DocumentError(f"The name says .{extension}, but the content is {found.facts.container.upper()} audio.")
    facts = report.record(path, found)
    facts["file"] = name
    facts.pop("seconds")
    return Extract(pages=(Page(None, _summary(name, found, facts)),), facts=facts)


def _summary(name: str, found: Analysis, facts: dict[str, Any]) -> str:
    lines = [
        f"Sound: {name}",
        f"Tempo: {_tempo(facts)}.",
        f"Key: {_key(facts)}.",
        f"Length: {_length(facts['duration'])}{_bars(found)}.",
        f"Type: {facts['kind'] or 'unknown'}.",
        f"Loudness: {_loudness(found)}.",
        f"Format: {_format(facts)}.",
        f"Quality: {found.score} of 100, {_verdict(found)}.",
    ]
    lines += [f"Note: {each.message}" for each in found.findings]
    return "\n".join(lines)


def _certainty(confidence: float | None) -> str:
    if confidence is None or confidence < policy.SURE_CONFIDENCE:
        return "unsure"
    return "very sure" if confidence >= policy.VERY_SURE_CONFIDENCE else "sure"


def _tempo(facts: dict[str, Any]) -> str:
    if facts["bpm"] is None:
        return "none was found"
    other = f"; could also be {facts['bpm_alternative']:.1f} BPM" if facts["bpm_alternative"] else ""
    return f"{facts['bpm']:.1f} BPM ({_certainty(facts['bpm_confidence'])}{other})"


def _key(facts: dict[str, Any]) -> str:
    if facts["key"] is None:
        return "none was found"
    return f"{facts['key']}, Camelot {facts['camelot']} ({_certainty(facts['key_confidence'])})"


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} ({seconds:.2f} seconds)"


def _bars(found: Analysis) -> str:
    reading = found.reading
    if reading is None or reading.bars is None or reading.metre is None:
        return ""
    return f", {counted(reading.bars, 'bar')} of {reading.metre.name}"


def _loudness(found: Analysis) -> str:
    if found.loudness_lufs is None or found.peak_dbfs is None:
        return "silent"
    true_peak = f", true peak {found.true_peak_dbtp:.1f} dBTP" if found.true_peak_dbtp is not None else ""
    return f"{found.loudness_lufs:.1f} LUFS integrated, peak {found.peak_dbfs:.1f} dBFS{true_peak}"


def _format(facts: dict[str, Any]) -> str:
    channels = {1: "mono", 2: "stereo"}.get(facts["channels"], f"{facts['channels']} channels")
    bits = f", {facts['bit_depth']} bit" if facts["bit_depth"] else ""
    return f"{facts['codec']}, {facts['sample_rate'] / 1000:g} kHz{bits}, {channels}"


def _verdict(found: Analysis) -> str:
    return "nothing to complain about" if not found.findings else counted(len(found.findings), "note")
