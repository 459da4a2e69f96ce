"""Run every test: client stores in Node, unit and integration in parallel with coverage, then the browser."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def run(*command: str) -> int:
    print(f"$ {' '.join(command)}", flush=True)
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, check=False).returncode


def main() -> int:
    stores = run("node", "--test", "tests/js/**/*.test.js")
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
    return stores or fast or browser or e2e or covered


if __name__ == "__main__":
    sys.exit(main())
