"""Long sounds get time and memory in proportion to their length; a limit is told from a crash."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from askchopper.media import measuring
from askchopper.media.quality.rules import Status
from askchopper.media.sandbox import child_process
from askchopper.media.sandbox.child_process import LimitExceededError, Limits, SandboxError, TimedOutError
from tests.support.blocking import block
from tests.support.soak import IS_SOAK, scaled

RATE_HZ = 44_100
# The gate measures memory and time per minute with short tracks; the soak run the lengths that are promised.
MINUTES = scaled(30, 1)
MEMORY_BYTES = 3 << 30


def write_track(path: Path, minutes: float) -> Path:
    """Write a stereo track of a beat, a tone and noise."""
    noise = np.random.default_rng(1)
    seconds = np.arange(RATE_HZ * 10) / RATE_HZ
    beat = np.exp(-(seconds * 2 % 1) * 12) * np.sin(2 * np.pi * 60 * seconds) * 0.6
    tone = 0.1 * np.sin(2 * np.pi * 220 * seconds)
    with sf.SoundFile(path, "w", RATE_HZ, 2) as file:
        for _ in range(round(minutes * 6)):
            mono = beat + tone + noise.normal(0, 0.02, seconds.size)
            file.write(np.stack([mono, mono * 0.9], axis=1).astype(np.float32))
    return path


def burn(seconds: float) -> int:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return 1


def extend_and_burn(seconds: float) -> int:
    child_process.extend(100, 100.0)
    return burn(seconds)


def extend_and_block(seconds: float) -> None:
    child_process.extend(100, 100.0)
    block(seconds)


def kill_self(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(("minutes", "kind"), [(MINUTES, "flac"), *([(11, "wav")] if IS_SOAK else [])])
def test_long_stereo_track_is_measured(tmp_path: Path, minutes: int, kind: str):
    path = write_track(tmp_path / f"track.{kind}", minutes)
    found = child_process.run_limited(measuring.LIMITS, measuring.analyse_in_child, path, with_previews=True)
    assert found.status is not Status.REJECT, found.findings
    assert found.facts
    assert found.facts.duration_seconds == pytest.approx(minutes * 60)
    assert found.preview_mp3
    assert found.cpu_seconds < measuring.seconds_for(minutes)[0]


@pytest.mark.soak
def test_promised_length_fits_its_limits(tmp_path: Path):
    # Memory grows by 22 MB for each minute: the samples take 21.
    def measured_mb(minutes: float) -> int:
        path = write_track(tmp_path / f"{minutes}.wav", minutes)
        return child_process.run_limited(Limits(cpu_seconds=60, wall_seconds=240), peak_mb, path)

    short, long = measured_mb(0.5), measured_mb(1.5)
    assert (short + (long - short) * 30) * 2**20 < MEMORY_BYTES


def peak_mb(path: Path) -> int:
    measuring.analyse_in_child(path, with_previews=True)
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmPeak")]
    return int(line.split()[1]) // 1024


def test_time_grows_with_the_length():
    assert measuring.seconds_for(0) == (20, 105.0)
    cpu_seconds, wall_seconds = measuring.seconds_for(30)
    assert (cpu_seconds, wall_seconds) == (200, 825.0)


def test_child_extends_its_time_up_to_its_limits():
    limits = Limits(cpu_seconds=1, wall_seconds=30, most_cpu_seconds=3)
    assert child_process.run_limited(limits, extend_and_burn, 1.5) == 1
    with pytest.raises(LimitExceededError):
        child_process.run_limited(Limits(cpu_seconds=1), extend_and_burn, 5)
    brief = Limits(wall_seconds=2, most_wall_seconds=3)
    with pytest.raises(TimedOutError, match="after 3 seconds"):
        child_process.run_limited(brief, extend_and_block, 15)


@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGXCPU, LimitExceededError), (signal.SIGKILL, TimedOutError), (signal.SIGSEGV, SandboxError)],
)
def test_limit_load_and_crash_are_told_apart(number: int, error: type[SandboxError]):
    with pytest.raises(SandboxError) as raised:
        child_process.run(kill_self, number)
    assert type(raised.value) is error
