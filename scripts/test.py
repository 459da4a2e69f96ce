"""Run the tests of the gate: client stores in Node, unit and integration tests, then the browser stories, all in parallel processes.

With ``SOAK=1``, also those that are marked ``soak``, and the long ones in full (``tests/support/soak.py``). With ``CHECK=1``, also the
checks, and the client stores as a part of them.

The pages are compiled and a site is seeded beside the checks, whose longest part, the types, has one core for a minute; the browser
processes get copies of the site. Beside the integration tests it took longer in all: they wait for clocks, and two cores are few.
Coverage is measured in a soak run and by ``make coverage``: tracing every call doubles the time of the integration tests.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import debian

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# More processes than cores: most integration tests wait for a database, a simulator or a clock.
INTEGRATION_PROCESSES = 3
BROWSER_PROCESSES = 2
# A test that fails is run a second time and is listed as rerun: on a busy machine a clock or a frame is missed now and then, and one of
# some thousand tests would stop every change. A listed test is a bug to be found, not a pass.
RERUN = ("--reruns", "1", "-rR")
IS_COVERED = os.environ.get("SOAK") == "1"
IS_CHECKED = os.environ.get("CHECK") == "1"


def run(*command: str, **environment: str) -> int:
    print(f"$ {' '.join(command)}", flush=True)
    words = [str(BIN / command[0]) if (BIN / command[0]).exists() else command[0], *command[1:]]
    return subprocess.run(words, cwd=ROOT, check=False, env={**os.environ, **environment}).returncode


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="ac-site-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        return _run_all(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install() -> int:
    """Install PgBouncer, whose tests are skipped without it, and then a browser: apt-get runs once at a time."""
    if not (shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")):
        debian.install("pgbouncer")
    return subprocess.run([sys.executable, "scripts/browser.py"], cwd=ROOT, check=False).returncode


def _run_all(site: Path) -> int:
    with ThreadPoolExecutor(1) as beside, (site / "prepare.log").open("w+") as log:
        installation = beside.submit(_install)
        prepare = [sys.executable, "-m", "tests.support.site", str(site / "data")]
        preparation = subprocess.Popen(prepare, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        first = (
            run("make", "--no-print-directory", "check")
            if IS_CHECKED
            else run("node", "--test", "tests/js/**/*.test.js")
        )
        if prepared := preparation.wait():
            log.seek(0)
            print(log.read()[-5000:])
        no_browser = installation.result()
    if first and IS_CHECKED:  # no test runs after a failed check
        return first
    covered = ("--cov",) if IS_COVERED else ()  # fails below the bar in pyproject.toml
    # The longest before the many short ones: at the end, no process then waits for a test of another.
    folders = ("tests/unit", "tests/soak", "tests/integration")
    fast = run("pytest", *folders, "-n", str(INTEGRATION_PROCESSES), *RERUN, *covered)
    stories = no_browser or prepared or _run_stories(site / "data")
    return first or fast or stories


def _run_stories(data: Path) -> int:
    words = ("-n", str(BROWSER_PROCESSES), "--dist", "worksteal", *RERUN)
    return run("pytest", "tests/e2e", *words, E2E_TEMPLATE=str(data))


if __name__ == "__main__":
    sys.exit(main())
