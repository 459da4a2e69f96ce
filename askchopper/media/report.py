"""Analyses many files and formats each result as one line, for the command line."""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from askchopper.media import measuring, pipeline
from askchopper.media.pipeline import Analysis
from askchopper.media.sandbox import child_process
from askchopper.media.sandbox.child_process import SandboxError
from askchopper.root_note import note_name


def lines(paths: Sequence[Path], *, as_json: bool) -> Iterator[str]:
    """Analyse files in child processes, one per core.

    Args:
        paths: existing files.
        as_json: one JSON object per line; otherwise text.

    Yields:
        One line for each file, in the given order.
    """
    form = _json if as_json else _words
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for path, result in zip(paths, pool.map(_analyse, paths), strict=True):
            yield form(path, result)


def _analyse(path: Path) -> Analysis:
    try:
        return child_process.run_limited(measuring.LIMITS, measuring.analyse_in_child, path)
    except SandboxError:
        return pipeline.refused("unsafe")


def record(path: Path, result: Analysis) -> dict[str, Any]:
    """Return all output fields of a file; unknown values are None.

    Args:
        path: the file, as the user named it.
        result: analysis of the file.
    """
    facts, reading = result.facts, result.reading
    tempo, key, note = (reading.tempo, reading.key, reading.note) if reading else (None, None, None)
    return {
        "file": str(path),
        "bpm": tempo and tempo.bpm,
        "bpm_confidence": _rounded(tempo and tempo.confidence, 3),
        "bpm_alternative": tempo and tempo.alternative_bpm,
        "tempo_map": [[one.start_seconds, one.bpm] for one in reading.tempo_map] if reading else [],
        "key": key and key.key.name,
        "key_confidence": _rounded(key and key.confidence, 3),
        "camelot": key and key.key.camelot,
        "note": note and note_name(note.midi),
        "note_cents": note and note.cents,
        "note_confidence": _rounded(note and note.confidence, 3),
        "duration": _rounded(facts and facts.duration_seconds, 6),
        "kind": reading and reading.kind.value,
        "codec": facts and facts.codec,
        "sample_rate": facts and facts.sample_rate_hz,
        "channels": facts and facts.channels,
        "bit_depth": facts and facts.bit_depth,
        "loudness_lufs": _rounded(result.loudness_lufs, 2),
        "peak_dbfs": _rounded(result.peak_dbfs, 2),
        "quality": result.score,
        "issues": [{"code": found.code, "message": found.message} for found in result.findings],
        "status": result.status.value,
        "seconds": _rounded(result.cpu_seconds, 4),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _json(path: Path, result: Analysis) -> str:
    # File names may hold bytes that are no text; escapes keep every line valid UTF-8.
    return json.dumps(record(path, result), allow_nan=False)


def _words(path: Path, result: Analysis) -> str:
    found = record(path, result)
    parts = [
        found["status"],
        f"{found['quality']:>3}",
        "-" if found["bpm"] is None else f"{found['bpm']:.2f} BPM",
        found["key"] or found["note"] or "-",
        found["kind"] or "-",
        "-" if found["duration"] is None else f"{found['duration']:.2f} s",
        repr(found["file"]),
    ]
    return "\n".join(["  ".join(parts), *(f"    {issue['message']}" for issue in found["issues"])])
