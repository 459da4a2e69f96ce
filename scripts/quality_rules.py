"""Write the table of quality rules into docs/quality-rules.md, from the rules that the analysis uses."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATH = ROOT / "docs" / "quality-rules.md"
sys.path.insert(0, str(ROOT))

_HEAD = """# What is checked in a sound

Written by `python scripts/quality_rules.py` from `askchopper/media/quality/rules.py`; change it there.

A note costs little and is only shown. A warning flags the file. A critical finding also keeps the pack from being published. A fatal one
means that the file is not taken.

| code | severity | threshold | what the creator reads |
|---|---|---|---|
"""


def text() -> str:
    """Return the page as it should be."""
    from askchopper.media.quality.rules import RULES  # noqa: PLC0415 - after the path is set

    lines = (
        f"| `{rule.code}` | {rule.severity.value} | {'' if rule.threshold is None else f'{rule.threshold:g}'} | {rule.sentence} |"
        for rule in RULES.values()
    )
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PATH.write_text(text())
