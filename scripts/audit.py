"""Check the pinned packages for known vulnerabilities: pip-audit and npm audit. Exit status 1 if one is neither fixed nor excepted.

Exceptions are in ``audit.toml``, each with a reason and a day on which it ends. Where the audit services cannot be reached, a notice is
printed and nothing fails: a build without internet must work.
"""

import json
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SECONDS = 20
Run = Callable[[], str]


@dataclass(frozen=True)
class Vulnerability:
    """A known vulnerability of a pinned package."""

    id: str
    package: str


def from_pip(output: str) -> list[Vulnerability]:
    """Read the JSON of pip-audit."""
    found = json.loads(output)["dependencies"]
    return [Vulnerability(each["id"], package["name"]) for package in found for each in package.get("vulns", [])]


def from_npm(output: str) -> list[Vulnerability]:
    """Read the JSON of npm audit.

    Raises:
        ValueError: the registry has no audit service.
    """
    answer: dict[str, Any] = json.loads(output)
    if "vulnerabilities" not in answer:
        raise ValueError("no audit service")
    return [
        Vulnerability(str(cause["url"]).rpartition("/")[2], name)
        for name, each in answer["vulnerabilities"].items()
        for cause in each["via"]
        if isinstance(cause, dict)
    ]


def open_problems(found: list[Vulnerability], exceptions: list[dict[str, Any]], today: date) -> list[str]:
    """Return a sentence for each vulnerability without exception, and for each exception that has ended."""
    ended = [
        f"The exception for {each['id']} ended on {each['expires']}." for each in exceptions if each["expires"] < today
    ]
    excepted = {each["id"] for each in exceptions}
    fresh = [f"{each.package}: {each.id}" for each in found if each.id not in excepted]
    return [*dict.fromkeys(fresh), *ended]


def _is_reachable(host: str) -> bool:
    try:
        socket.create_connection((host, 443), timeout=2).close()
    except OSError:
        return False
    return True


def _run(*words: str) -> str:
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    return subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    ).stdout


def _pip() -> list[Vulnerability]:
    if not _is_reachable("pypi.org"):
        raise ValueError("pypi.org cannot be reached")
    words = (
        "pip-audit",
        "-r",
        "requirements.txt",
        "--disable-pip",
        "--no-deps",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    )
    return from_pip(_run(str(BIN / words[0]), *words[1:]))


def _npm() -> list[Vulnerability]:
    return from_npm(_run("npm", "audit", "--json", "--omit", "dev"))


def main() -> int:
    with (ROOT / "audit.toml").open("rb") as file:
        exceptions: list[dict[str, Any]] = tomllib.load(file).get("exceptions", [])
    found: list[Vulnerability] = []
    for name, audit in (("pip-audit", _pip), ("npm audit", _npm)):
        try:
            found += audit()
        except (ValueError, KeyError, OSError, subprocess.TimeoutExpired) as error:
            print(f"{name} was skipped: {error or type(error).__name__}.")
    problems = open_problems(found, exceptions, datetime.now(UTC).date())
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
