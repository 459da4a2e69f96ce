"""Sandbox: a child that loops, grows or crashes does not affect the parent."""

import ctypes
import os
from pathlib import Path

import pytest

from askchopper.media.sandbox import child_process
from askchopper.media.sandbox.child_process import Limits, SandboxError


def double(number: int) -> int:
    return number * 2


def refuse() -> None:
    raise ValueError("no")


def loop() -> None:
    while True:
        pass


def grow() -> int:
    return len(bytearray(4 << 30))


def crash() -> None:
    ctypes.string_at(0)


def write(path: str) -> None:
    with Path(path).open("wb") as out:
        out.write(b"x" * 10)


def test_results_and_errors_are_returned():
    assert child_process.run(double, 21) == 42
    with pytest.raises(ValueError, match="no"):
        child_process.run(refuse)


@pytest.mark.parametrize("function", [grow, crash, os.abort])
def test_crashed_child_is_an_error(function):
    with pytest.raises(SandboxError):
        child_process.run(function)


@pytest.mark.parametrize("limits", [Limits(cpu_seconds=1), Limits(wall_seconds=0.5)])
def test_looping_child_is_terminated(limits: Limits):
    with pytest.raises(SandboxError):
        child_process.run_limited(limits, loop)


def test_child_cannot_write_files(tmp_path):
    with pytest.raises((SandboxError, OSError)):
        child_process.run(write, str(tmp_path / "out"))
