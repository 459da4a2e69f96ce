"""Runs an analysis in a child process whose time limits are proportional to the length of the sound."""

from pathlib import Path

import av
from av.error import FFmpegError

from askchopper import policy
from askchopper.media import pipeline
from askchopper.media.pipeline import Analysis
from askchopper.media.sandbox import child_process
from askchopper.media.sandbox.child_process import DEFAULT_LIMITS, Limits

# An analysis with previews takes 2.7 s of processor time per minute of stereo; a busy machine needs up to twice that.
_CPU_SECONDS_PER_MINUTE = 6
# Elapsed time counts other processes too: on a busy machine a child gets a quarter of a core.
_WALL_FACTOR = 4


def seconds_for(minutes: float) -> tuple[int, float]:
    """Return the CPU and wall-clock limits in seconds for a sound of ``minutes``."""
    cpu_seconds = DEFAULT_LIMITS.cpu_seconds + round(_CPU_SECONDS_PER_MINUTE * minutes)
    return cpu_seconds, DEFAULT_LIMITS.wall_seconds + _WALL_FACTOR * cpu_seconds


_MOST_CPU_SECONDS, _MOST_WALL_SECONDS = seconds_for(policy.MAX_SOUND_SECONDS / 60)
LIMITS = Limits(most_cpu_seconds=_MOST_CPU_SECONDS, most_wall_seconds=_MOST_WALL_SECONDS)


def analyse_in_child(path: Path, *, name: str | None = None, with_previews: bool = False) -> Analysis:
    """Analyse a file, see ``pipeline.analyse``, in a child process under ``LIMITS``."""
    child_process.extend(*seconds_for(_declared_minutes(path)))
    return pipeline.analyse(path, name=name, with_previews=with_previews)


def _declared_minutes(path: Path) -> float:
    """Return the length in minutes that a file declares; 0 if it cannot be read. An understated length only shortens the time limit."""
    try:
        with av.open(str(path)) as container:
            return max(0.0, float(container.duration or 0) / av.time_base / 60)
    except (FFmpegError, IndexError, ValueError, RuntimeError, OSError):
        return 0.0
