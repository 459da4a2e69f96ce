"""The data folder of a seeded site, prepared once for a test run and copied for each server of the browser tests.

python -m tests.support.site FOLDER
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.database import ROOT
from tests.support.soak import IS_SOAK

# Enough for every browser story: tempos from 72 to 174, six genres, two free packs, one pack with the purchase stories.
PACKS = (
    "freight-elevator", "sodium-light", "corner-shop-jack", "tiled-pool", "wet-tarmac", "pigeon-loft", "kerosene-choir",
    "ice-road", "workbench-drums",
)  # fmt: skip


def prepare(folder: Path) -> None:
    """Compile the pages and seed a data folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_URL")}
    environment |= {"DATA_DIR": str(folder), "ASKCHOPPER_ENV": "development", "LOG_LEVEL": "WARNING"}
    only = [] if IS_SOAK else [word for slug in PACKS for word in ("--pack", slug)]
    for words in (["build"], ["seed", *only]):
        subprocess.run([sys.executable, "-m", "askchopper", *words], cwd=ROOT, env=environment, check=True)


def copy_to(folder: Path) -> None:
    """Fill a data folder from the prepared one that ``E2E_TEMPLATE`` names, or prepare it here."""
    if template := os.environ.get("E2E_TEMPLATE"):
        # With its owners: run as root, Postgres belongs to a user of its own.
        subprocess.run(["cp", "-a", f"{template}/.", str(folder)], check=True)
    else:
        prepare(folder)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
