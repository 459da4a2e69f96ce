"""Make the virtual environment: bootstrap.py run|dev. Standard library only, since nothing is installed yet."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MIN_PYTHON = (3, 11)
FILES = {"run": ["requirements.txt"], "dev": ["requirements.txt", "requirements-dev.txt"]}


def fail(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(1)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def install(python: Path, requirements: list[str]) -> bool:
    """Install with uv, which takes a quarter of pip's time; with pip where uv cannot, such as behind an index of its own."""
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if (
        subprocess.run([*pip, "-r", str(ROOT / "requirements-uv.txt")], check=False, capture_output=True).returncode
        == 0
    ):
        uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(python), *requirements]
        if subprocess.run(uv, check=False, capture_output=True).returncode == 0:
            return True
    return subprocess.run([*pip, *requirements], check=False).returncode == 0


def main(purpose: str) -> None:
    if sys.version_info < MIN_PYTHON:
        fail(
            f"Ask Chopper needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make run PYTHON=python3.11"
        )
    python = VENV / "bin" / "python"
    if not python.exists():
        say("Making the virtual environment…")
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            made = subprocess.run(
                [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
            )
        except OSError as error:
            fail(f"The folder {ROOT} cannot be written: {error}.")
        if made.returncode != 0:
            fail(
                "The virtual environment could not be made. On Debian or Ubuntu install the package python3-venv; "
                f"otherwise check that {ROOT} can be written.\n{(made.stdout + made.stderr).strip()[-500:]}"
            )
    say("Installing the pinned packages (half a minute with a good line)…")
    wanted = [argument for name in FILES[purpose] for argument in ("-r", str(ROOT / name))]
    if not install(python, wanted):
        fail("The packages could not be installed; the lines above say why. Is the network reachable?")
    (VENV / f".{purpose}-ready").touch()
    if purpose == "dev":
        (VENV / ".run-ready").touch()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
