"""Run every test with coverage: unit and integration in parallel, then the browser against the built product."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def run(*command: str) -> int:
    print(f"$ {' '.join(command)}", flush=True)
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False).returncode


def main() -> int:
    run("coverage", "erase")
    fast = run(
        "pytest",
        "tests/unit",
        "tests/integration",
        "-n",
        "2",
        "--cov",
        "--cov-report=",
    )
    browser = subprocess.run([sys.executable, "scripts/browser.py"], cwd=ROOT, check=False).returncode
    e2e = 1 if browser else run("pytest", "tests/e2e", "--cov", "--cov-append", "--cov-report=")
    run("coverage", "combine", "--append")
    covered = run("coverage", "report")
    return fast or browser or e2e or covered


if __name__ == "__main__":
    sys.exit(main())
