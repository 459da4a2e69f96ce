"""The whole analysis of one uploaded file: container, samples, tempo, key, levels, findings.

Called by the command line and by the job worker, in a child process: ``sandbox.run(analysis.analyse, path)``.
"""

import mmap
import time
from dataclasses import dataclass, replace
from pathlib import Path

import av.logging

from askchopper.media import archive, decode, facts, findings, levels, quality
from askchopper.media.containers import Structure, examine
from askchopper.media.decode import Recording, UndecodableError
from askchopper.media.facts import Facts
from askchopper.media.quality import Finding, Status, finding, limit

ANALYSER_VERSION = 1


@dataclass(frozen=True)
class Analysis:
    """All that is found out about a file; parts are None where nothing could be decoded.

    Args:
        findings: what is wrong with the file.
        facts: format and length.
        peak_dbfs: largest sample; None for silence.
        cpu_seconds: processor time that the analysis took.
        version: version of the analyser, stored with every result.
    """

    findings: tuple[Finding, ...]
    facts: Facts | None = None
    peak_dbfs: float | None = None
    cpu_seconds: float = 0.0
    version: int = ANALYSER_VERSION

    @property
    def status(self) -> Status:
        """Accept, flag or reject."""
        return quality.status(self.findings)

    @property
    def score(self) -> int:
        """Quality from 0 to 100."""
        return quality.score(self.findings)


def analyse(path: Path, *, name: str | None = None) -> Analysis:
    """Analyse a file of any kind; what is wrong with it is in the answer, not an error.

    Args:
        path: file on disk, or a zip of sounds (checked, not unpacked).
        name: the creator's file name, read for hints; the name of the path when None.

    Returns:
        The analysis.

    Raises:
        FileNotFoundError: there is no such file.
    """
    started = time.process_time()
    found = _analyse(path, name or path.name)
    return replace(found, cpu_seconds=time.process_time() - started)


def refused(code: str) -> Analysis:
    """Return the analysis of a file that could not be looked at, such as one that broke its child process."""
    return Analysis(findings=(finding(code),))


def _analyse(path: Path, name: str) -> Analysis:
    if not path.is_file():
        raise FileNotFoundError(path)
    if path.stat().st_size == 0:
        return refused("empty")
    structure = _examine(path)
    if structure.family == "zip":
        return Analysis(findings=tuple(finding(code) for code in archive.faults(path)))
    av.logging.set_level(None)
    try:
        recording = decode.read(path, structure, max_seconds=limit("too_long"))
    except UndecodableError:
        return _undecodable(structure)
    return _measured(path, name, structure, recording)


def _examine(path: Path) -> Structure:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return examine(content)


def _undecodable(structure: Structure) -> Analysis:
    """Tell a damaged sound, which its creator can export again, from something that never was one."""
    if structure.is_recognised and structure.faults:
        return Analysis(findings=tuple(finding(code) for code in structure.faults))
    return refused("no_samples" if structure.declared_frames == 0 else "not_audio")


def _measured(path: Path, name: str, structure: Structure, recording: Recording) -> Analysis:
    known = facts.of(recording, path.stat().st_size)
    measured = levels.measure(recording.samples, recording.rate_hz)
    found = (
        *findings.of_container(structure, recording),
        *findings.of_levels(measured, known),
        *findings.of_name(name, known),
    )
    return Analysis(findings=found, facts=known, peak_dbfs=measured.peak_dbfs)
