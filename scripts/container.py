"""Run the steps of the Dockerfile without a container engine, in an empty folder, and measure what would be in the image.

Understands what our Dockerfile uses: FROM, WORKDIR, ENV, COPY, RUN. Steps that need a root of their own (useradd) are skipped and named.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CONTINUED = re.compile(r"\\\n")
_SKIPPED = ("useradd",)


@dataclass
class Stage:
    """A stage: its folder, its working directory in there, its environment."""

    folder: Path
    workdir: Path = Path("/")
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def path(self, name: str) -> Path:
        """Return where a path of the image is on this machine."""
        return self.folder / str(self.workdir / name).lstrip("/")


def build(folder: Path) -> Stage:
    """Run all steps; returns the last stage.

    Raises:
        CalledProcessError: a step failed.
    """
    stages: dict[str, Stage] = {}
    stage = Stage(folder)
    for line in _CONTINUED.sub(" ", (ROOT / "Dockerfile").read_text()).splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            name = rest.partition(" AS ")[2] or "image"
            stage = stages[name] = Stage(folder / name)
            stage.folder.mkdir(parents=True)
        elif word == "WORKDIR":
            stage.workdir = Path(rest)
            stage.path(".").mkdir(parents=True, exist_ok=True)
        elif word == "ENV":
            stage.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "COPY":
            _copy(stage, stages, shlex.split(rest))
        elif word == "RUN":
            _run(stage, rest)
    return stage


def _copy(stage: Stage, stages: dict[str, Stage], words: list[str]) -> None:
    source_root = ROOT
    if words[0].startswith("--from="):
        source_root = stages[words.pop(0).removeprefix("--from=")].folder
    *sources, target = words
    for source in sources:
        found = source_root / source.lstrip("/")
        to = stage.path(target)
        if found.is_dir():
            shutil.copytree(
                found,
                to,
                symlinks=True,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("__pycache__" if source_root == ROOT else ""),
            )
        else:
            to = to / found.name if target.endswith("/") or to.is_dir() else to
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, to)


def _run(stage: Stage, command: str) -> None:
    if command.startswith(_SKIPPED):
        print(f"skipped: RUN {command}", file=sys.stderr)
        return
    print(f"RUN {command[:100]}", file=sys.stderr, flush=True)
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    subprocess.run(
        ["/bin/sh", "-ec", command], cwd=stage.path("."), env={**environment, **stage.environment}, check=True
    )


def size_mb(folder: Path) -> int:
    """Return the size of a folder in MB, as ``du`` counts it."""
    return int(subprocess.run(["du", "-sm", str(folder)], capture_output=True, text=True, check=True).stdout.split()[0])


if __name__ == "__main__":
    made = build(Path(sys.argv[1]))
    print(f"{size_mb(made.folder)} MB without the base image")
