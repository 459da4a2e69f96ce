"""Writes ``RESULTS.md`` from the latest artefact of every benchmark."""

import json
from typing import Any

from bench.protocol import HERE, OUT, BenchError, number

_SIGNS = {"pass": "pass", "near": "pass, within tolerance", "miss": "**miss**", "info": ""}
_HEAD = """# Benchmark results

Written by `python -m bench report`; measured by `make bench NAME=…`. Ours and the peer run in one script, on loopback, in
turns, {rounds}; figures are medians of rounds. A ratio is ours divided by the peer's. A missed bar is measured once more
before it counts as missed. Thresholds are in `bars.toml`, raw rounds in `out/` (not in version control).
"""


def write() -> None:
    """Write the page.

    Raises:
        BenchError: nothing was measured yet.
    """
    artefacts = [json.loads(path.read_text().splitlines()[-1]) for path in sorted(OUT.glob("*.jsonl"))]
    if not artefacts:
        raise BenchError("Nothing was measured yet. Run: make bench NAME=pages")
    latest = max(artefacts, key=lambda artefact: artefact["date"])["machine"]
    versions = ", ".join(f"{name} {value}" for name, value in latest["versions"].items())
    lines = [
        _HEAD.format(rounds="five rounds or more"),
        f"Machine: {latest['nproc']} cores of {latest['processor']}, {latest['memory_gib']} GiB, {latest['system']}; {versions}.",
        "",
    ]
    missed = [(a["bench"], f) for a in artefacts for f in a["figures"] if f["verdict"] == "miss"]
    lines += [_sentence(missed, sum(len(a["figures"]) for a in artefacts)), ""]
    for artefact in artefacts:
        lines += _section(artefact)
    (HERE / "RESULTS.md").write_text("\n".join(lines).rstrip() + "\n")
    print(f"Wrote {HERE / 'RESULTS.md'}")


def _sentence(missed: list[tuple[str, dict[str, Any]]], count: int) -> str:
    if not missed:
        return f"All bars of the {count} figures hold."
    named = "\n".join(
        f"- {name}: {f['title']}: {number(f['ours'] if f['ratio'] is None else f['ratio'])}, bar {f['bar']}"
        for name, f in missed
    )
    return f"Missed, of {count} figures:\n\n{named}"


def _section(artefact: dict[str, Any]) -> list[str]:
    load = artefact["load_before"][0]
    lines = [
        f"## {artefact['bench']}", "", f"{artefact['date'][:16].replace('T', ' ')} UTC, load average {load:.2f} at the start.", "",
        "| figure | unit | ours | peer | ratio | bar | |", "| --- | --- | ---: | ---: | ---: | --- | --- |",
    ]  # fmt: skip
    for f in artefact["figures"]:
        peer = f"{number(f['peer'])} ({f['peer_name']})" if f["peer"] is not None else "-"
        cells = (f["title"], f["unit"], number(f["ours"]), peer, number(f["ratio"]), f["bar"], _SIGNS[f["verdict"]])
        lines.append(f"| {' | '.join(cells)} |")
    notes = [f"- {f['title']}: {note}" for f in artefact["figures"] if (note := _note(f))]
    return [*lines, "", *notes, *([""] if notes else [])]


def _note(figure: dict[str, Any]) -> str:
    """Say what explains a figure, and what the first try gave if there were two."""
    first = figure.get("first_try")
    if first is None:
        return figure["note"]
    value = number(first["ours"] if first["ratio"] is None else first["ratio"])
    return f"the first try gave {value}{'; ' if figure['note'] else ''}{figure['note']}"
