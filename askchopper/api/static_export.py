"""Static files for a CDN, and a ``vercel.json`` that routes every other path to the server.

The server renders pages, since it adds their head, script hashes and status. Files that the CDN lacks, such as those of another release,
also come from the server.
"""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starlette.datastructures import MutableHeaders

from askchopper import settings
from askchopper.api import site
from askchopper.api.middleware import add_headers
from askchopper.errors import InvalidInputError

CONFIG = "vercel.json"
_BUILT = "assets"
_NAMES_OF_RULE = 50  # Vercel's patterns are short: 4,096 characters


def vercel_config(built: Iterable[str]) -> dict[str, Any]:
    """Return the Vercel configuration for the configured site.

    Args:
        built: names of the files in the build's ``assets``.

    Raises:
        InvalidInputError: ``WEBSOCKET_ORIGIN`` or ``PUBLIC_BASE_URL`` is not set.
    """
    config = settings.get()
    if not (config.websocket_origin and config.public_base_url):
        raise InvalidInputError(
            "Set PUBLIC_BASE_URL to the address of the site and WEBSOCKET_ORIGIN to that of the server."
        )
    # Each file by its name: rules hold for the path, so one for the folder would make the server's 404 cacheable for a year.
    sources = [*_patterns(sorted(built)), *(f"/{name}" for name in _source_files())]
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
        InvalidInputError: a setting is missing, there is no build, or the folder is not empty or cannot be made.
    """
    vercel_config(())  # raises if a setting is missing, before anything else is read
    paths = static_files()
    configuration = vercel_config(path.name for path in paths if path.parent.name == _BUILT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InvalidInputError(f"The folder {folder} is not empty.")
        _write(folder, paths, configuration)
    except OSError as error:
        raise InvalidInputError(f"The folder {folder} cannot be written: {error.strerror}.") from error
    return len(paths)


def _write(folder: Path, paths: list[Path], configuration: dict[str, Any]) -> None:
    for path in paths:
        target = folder / path.relative_to(site.CLIENT_DIR)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (folder / CONFIG).write_text(f"{json.dumps(configuration, indent=2)}\n")


def static_files() -> list[Path]:
    """Return the files of the build that a CDN may serve.

    Raises:
        InvalidInputError: there is no build.
    """
    if not (site.CLIENT_DIR / _BUILT).is_dir():
        raise InvalidInputError(site.NO_PAGES)
    found = [*(site.CLIENT_DIR / _BUILT).iterdir(), *(site.CLIENT_DIR / name for name in _source_files())]
    return sorted(path for path in found if path.is_file() and site.is_static(path))


def _source_files() -> list[str]:
    """Return the paths of static files outside the hashed bundle, fonts included; Reflex copies them from ``assets``."""
    folder = settings.PROJECT_DIR / "assets"
    found = [*folder.iterdir(), *(folder / "fonts").iterdir()]
    return sorted(path.relative_to(folder).as_posix() for path in found if path.is_file() and site.is_static(path))


def _patterns(names: list[str]) -> list[str]:
    """Return a small number of path patterns that match exactly these files of the build."""
    escaped = [name.replace(".", r"\.") for name in names]
    groups = [escaped[start : start + _NAMES_OF_RULE] for start in range(0, len(escaped), _NAMES_OF_RULE)]
    return [f"/{_BUILT}/:file({'|'.join(group)})" for group in groups]


def _headers(source: str) -> list[dict[str, str]]:
    headers = MutableHeaders()
    headers["Cache-Control"] = site.cache_control(source)
    add_headers({"type": "http", "path": source, "headers": []}, headers)
    return [{"key": key.title(), "value": value} for key, value in headers.items()]
