"""Command line: ``python -m bench NAME`` measures, ``python -m bench report`` writes the results page."""

import asyncio
import importlib
import sys

from bench import protocol, report

NAMES = (
    "pages",
    "events",
    "purchases",
    "browse",
    "zip",
    "memory",
    "start",
    "analysis",
    "upload",
    "search",
    "queries",
    "lossy",
    "metre",
    "search_million",
    "chat",
    "spotify",
    "attack",
    "load",
    "member_context",
    "knowledge",
    "trends",
    "recommendations",
    "rewards",
    "analytics",
    "community",
    "community_pages",
)


def main(words: list[str]) -> int:
    """Run one benchmark; exit status 0 only if no bar was missed."""
    name = words[0] if len(words) == 1 else ""
    if name == "report":
        report.write()
        return 0
    if name not in NAMES:
        print(f"Usage: python -m bench {'|'.join(NAMES)}|report", file=sys.stderr)
        return 2
    protocol.OUT.mkdir(parents=True, exist_ok=True)
    module = importlib.import_module(f"bench.{name}")
    try:
        return 0 if asyncio.run(protocol.judge(name, module.measure)) else 1
    except protocol.BenchError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
