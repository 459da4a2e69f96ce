"""Find a Chromium for the browser tests, or install one: the machine's, Playwright's, the distribution's, in that order.

The headless shell comes first: it draws no window around the page, which saves a third of the processor time.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import debian

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return the path of a browser that is already here."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return _playwright_browser()


def _playwright_browser() -> str | None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - installed only for development

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Try Playwright's own download, then the distribution's package."""
    print("No browser found; trying Playwright's…", file=sys.stderr, flush=True)
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], check=False, capture_output=True, timeout=600
    )
    if find():
        return
    debian.install("chromium-headless-shell", "chromium")


def main() -> int:
    if find() is None:
        install()
    path = find()
    if path is None:
        print("The browser tests need Chromium. Install it with your package manager and run again.", file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
