"""Countries by ISO 3166 code: English name and the geographic centre.

``countries.csv`` was made from iso3166 (MIT) and Natural Earth (public domain), as was ``assets/world.svg``.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Latitudes of the upper and lower edge of assets/world.svg, in degrees; its projection is equirectangular.
_TOP, _BOTTOM = 84.0, -58.0
_UNKNOWN = "Unknown"


@dataclass(frozen=True)
class Country:
    """A country; ``left`` and ``top`` are its position on the map in percent."""

    code: str
    name: str
    left: float
    top: float


def name(code: str) -> str:
    """Return the name of a country; the code itself if it is unknown, and "Unknown" for an empty code."""
    found = find(code)
    return found.name if found else code or _UNKNOWN


def find(code: str) -> Country | None:
    """Return a country; None for an unknown code."""
    return _countries().get(code)


@cache
def _countries() -> dict[str, Country]:
    with Path(__file__).with_name("countries.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: _country(row) for row in csv.DictReader(file)}


def _country(row: dict[str, str]) -> Country:
    longitude, latitude = float(row["longitude"]), float(row["latitude"])
    left = ((longitude + 180) % 360) / 3.6
    return Country(row["code"], row["name"], round(left, 1), round(100 * (_TOP - latitude) / (_TOP - _BOTTOM), 1))
