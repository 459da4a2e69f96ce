"""Static files for a CDN: what the server serves as it is, and a ``vercel.json`` that sends every other path to the server.

Pages stay with the server, which adds their head, the hashes of their scripts and their status. A file that the CDN does not have, such
as one of another release, comes from the server, too.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from starlette.datastructures import MutableHeaders

from askchopper import settings
from askchopper.api import site
from askchopper.api.middleware import add_headers
from askchopper.errors import InvalidInputError

CONFIG = "vercel.json"
_BUILT = "assets"
_FOLDERS = (_BUILT, "fonts")


def vercel_config() -> dict[str, Any]:
    """Return the configuration of Vercel for the site of the settings.

    Raises:
        InvalidInputError: ``WEBSOCKET_ORIGIN`` or ``PUBLIC_BASE_URL`` is not set.
    """
    config = settings.get()
    if not (config.websocket_origin and config.public_base_url):
        raise InvalidInputError(
            "Set PUBLIC_BASE_URL to the address of the site and WEBSOCKET_ORIGIN to that of the server."
        )
    # A pattern for each place of static files: headers of other paths are those of the server.
    sources = [f"/{_BUILT}/:file((?!{site.ENVIRONMENT}).*)", "/fonts/:file*", *(f"/{name}" for name in _root_files())]
    return {
        "$schema": "https://openapi.vercel.sh/vercel.json",
        "framework": None,
        "installCommand": "",
        "buildCommand": "",
        "outputDirectory": ".",
        "headers": [{"source": source, "headers": _headers(source)} for source in sources],
        "rewrites": [{"source": "/:path*", "destination": f"{config.websocket_origin}/:path*"}],
    }


def export(folder: Path) -> int:
    """Write the static files of the build and the configuration to an empty or new folder; returns the number of files.

    Raises:
        InvalidInputError: a setting is missing, there is no build, or the folder is not empty.
    """
    configuration = vercel_config()
    paths = static_files()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise InvalidInputError(f"The folder {folder} is not empty.")
    for path in paths:
        target = folder / path.relative_to(site.CLIENT_DIR)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (folder / CONFIG).write_text(f"{json.dumps(configuration, indent=2)}\n")
    return len(paths)


def static_files() -> list[Path]:
    """Return the files of the build that a CDN may serve.

    Raises:
        InvalidInputError: there is no build.
    """
    if not (site.CLIENT_DIR / _BUILT).is_dir():
        raise InvalidInputError("There are no pages yet. Run: python -m askchopper build")
    found = [path for name in _FOLDERS for path in (site.CLIENT_DIR / name).rglob("*")]
    found += [site.CLIENT_DIR / name for name in _root_files()]
    return sorted(path for path in found if path.is_file() and site.is_static(path))


def _root_files() -> list[str]:
    """Return the names of the static files beside the pages; Reflex copies them from ``assets``."""
    folder = settings.PROJECT_DIR / "assets"
    return sorted(path.name for path in folder.iterdir() if path.is_file() and site.is_static(path))


def _headers(source: str) -> list[dict[str, str]]:
    headers = MutableHeaders()
    headers["Cache-Control"] = site.cache_control(source)
    add_headers({"type": "http", "path": source, "headers": []}, headers)
    return [{"key": key.title(), "value": value} for key, value in headers.items()]
